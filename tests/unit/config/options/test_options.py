"""The table is complete, free of clashes, and agrees with `Settings`."""

from pathlib import Path
from typing import Any, get_args

import msgspec

from sidegate.config.options import BY_KEY, GENERAL, OPTIONS, PROVIDER_OPTIONS, Kind, Status
from sidegate.config.settings import ProviderSettings, Settings

NAMES = Path(__file__).with_name("oauth2_proxy_options.txt")

ON_PURPOSE = {
    "tls_min_version",
    "cookie_refresh",
    "cookie_samesite",
    "cookie_csrf_per_request",
    "cookie_csrf_per_request_limit",
    "provider",
    "code_challenge_method",
    "insecure_oidc_skip_nonce",
}

WORKED_OUT = {
    "kept_claims",
    "rules",
    "wants_groups",
    "id",
    "for_email_domains",
    "has_own_callback",
    "otlp",
}
"""Fields that no option gives: they follow from others, or stand in a table of a provider."""


def test_every_option_of_oauth2_proxy_is_in_the_table_with_its_names_and_type() -> None:
    lines = [line.split() for line in NAMES.read_text().splitlines() if not line.startswith("#")]
    assert len(lines) == 167
    theirs = [(flag, key, kind) for flag, key, kind in lines]
    ours = sorted((row.flag, row.key, str(row.kind)) for row in OPTIONS if not row.own)
    assert ours == sorted(theirs)


def test_no_two_options_share_a_flag_key_or_variable() -> None:
    rows = (*GENERAL, *OPTIONS)
    names = [name for row in rows for name in (row.key, *row.aliases)]
    assert len(names) == len(set(names)) == len(BY_KEY)
    assert len({row.flag for row in rows}) == len(rows)


def test_fields_of_settings_are_the_options_that_are_built() -> None:
    fields = {
        field.name
        for branch in msgspec.structs.fields(Settings)
        for field in msgspec.structs.fields(_struct(branch.type))
    }
    built = {row.settings_field for row in OPTIONS if not row.is_planned} - {None}
    assert built == fields - WORKED_OUT


def _struct(branch: Any) -> Any:
    """Return the struct of a branch; `providers` holds several of one."""
    return next(iter(get_args(branch)), branch)


def test_what_is_for_one_provider_may_stand_in_its_table() -> None:
    fields = {field.name for field in msgspec.structs.fields(ProviderSettings)}
    assert fields - WORKED_OUT <= {row.settings_field for row in PROVIDER_OPTIONS}


def test_defaults_have_the_type_of_their_option() -> None:
    types = {
        Kind.BOOL: bool,
        Kind.TEXT: str,
        Kind.INT: int,
        Kind.DURATION: float,
        Kind.LIST: tuple,
    }
    for row in OPTIONS:
        assert type(row.default) is types[row.kind], row.flag


def test_each_default_that_differs_on_purpose_says_so() -> None:
    rows = {row.key: row for row in OPTIONS}
    assert all(rows[key].note for key in ON_PURPOSE)


def test_everything_that_smells_of_a_secret_is_masked() -> None:
    for row in OPTIONS:
        smells = ("secret", "password", "token", "key")
        plain_text = row.kind is Kind.TEXT and row.flag.endswith(smells)
        assert row.secret or not plain_text, row.flag


def test_help_is_a_sentence_and_deprecated_names_lead_somewhere() -> None:
    for row in (*GENERAL, *OPTIONS):
        assert row.help.endswith((".", ")."))
        assert row.help[0].isupper()
        assert (row.status is Status.DEPRECATED) == bool(row.replaced_by)
        assert not row.replaced_by or row.replaced_by in BY_KEY
