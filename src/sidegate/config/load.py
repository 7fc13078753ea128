"""From flags, environment and file to `Settings`, or to all mistakes at once.

    flags ─┐
    env ───┼─► merge ─► old names ─► checks ─► Settings, warnings, values with their origin
    file ──┘

Precedence: flag, environment, file, default. Nothing is looked up on the network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from sidegate.config.checks.access import check_access
from sidegate.config.checks.account import check_account
from sidegate.config.checks.bearer import check_bearer
from sidegate.config.checks.client import check_client
from sidegate.config.checks.cookie import check_cookie
from sidegate.config.checks.entra import settle_entra
from sidegate.config.checks.general import check_general
from sidegate.config.checks.github import resolve_github_token
from sidegate.config.checks.gitlab import check_gitlab
from sidegate.config.checks.google import check_google
from sidegate.config.checks.headers import check_headers
from sidegate.config.checks.keycloak import groups_with_roles
from sidegate.config.checks.logging import check_logging
from sidegate.config.checks.logout import check_logout
from sidegate.config.checks.pages import check_pages
from sidegate.config.checks.provider import check_provider, settle_kind
from sidegate.config.checks.redis import check_redis
from sidegate.config.checks.server import check_server
from sidegate.config.checks.upstream import check_upstream
from sidegate.config.findings import Findings
from sidegate.config.kept_claims import claims_needed, groups_needed
from sidegate.config.key_material import (
    ReadFile,
    read_readable,
    resolve_cookie_secrets,
    warn_of_exposed_secrets,
)
from sidegate.config.options import GENERAL, OPTIONS, Kind, Status
from sidegate.config.provider_tables import OneProvider, own_settings, provider_values
from sidegate.config.rule_settings import RuleSettings
from sidegate.config.settings import Branch, OtlpSettings, ProviderSettings, Settings
from sidegate.config.sources import Given, read_document, read_environment, read_flags
from sidegate.config.tables import Tables
from sidegate.config.values import Effective, Values
from sidegate.core.errors import ConfigurationError

Judged = tuple[Values, dict[str, object]]
"""The values of one provider, and those of its fields that had to be worked out."""

BranchType = TypeVar("BranchType", bound=Branch)
_BRANCHES: Final = {
    one.name: one.type for one in msgspec.structs.fields(Settings) if one.name != "providers"
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration without mistakes: what to run, what to say at the start, what was set.

    `providers`: what the `[[providers]]` tables set, if there are any.
    """

    settings: Settings
    warnings: list[str]
    values: Values
    providers: list[Values] = field(default_factory=list)


def load(argv: Sequence[str], environ: Mapping[str, str], read_file: ReadFile) -> Loaded:
    """Return the settings that flags, environment and file ask for.

    `argv`: the flags of `serve`, without the command. `environ`: the process environment.
    `read_file`: returns a file's bytes or raises OSError. Raises ConfigurationError with every
    mistake, each with its place and its mending.
    """
    findings = Findings()
    values = merge(argv, environ, read_file, findings)
    if findings.file_is_unread:
        raise ConfigurationError(findings.mistakes)  # what it would have given is not missing
    fold_old_names(values, findings)
    settle_kind(values, findings)
    settle_entra(values, environ, findings)
    resolved, providers = check(values, environ, findings, read_file)
    if findings.mistakes:
        raise ConfigurationError(findings.mistakes)
    show_resolved(values, resolved)
    tables = [one for one, _ in providers if one is not values]
    return Loaded(build(values, resolved, providers), findings.warnings, values, tables)


def merge(
    argv: Sequence[str], environ: Mapping[str, str], read_file: ReadFile, findings: Findings
) -> Values:
    """Take each option from the strongest source that has it."""
    flags = read_flags(argv, findings)
    variables = read_environment(environ, findings)
    document: Given = {}
    tables: Tables = {}
    config = flags.get("config") or variables.get("config")
    if config and config.value:
        path = str(config.value)
        content = read_readable(config.place, path, findings, read_file)
        if content is None:
            findings.file_is_unread = True
        else:
            document, tables = read_document(path, content, findings)
    values = Values(tables)
    for option in (*GENERAL, *OPTIONS):
        key = option.key
        values[key] = (
            flags.get(key)
            or variables.get(key)
            or document.get(key)
            or Effective(option, option.default)
        )
    return values


def fold_old_names(values: Values, findings: Findings) -> None:
    """Move what was given under a deprecated name to the option that replaced it."""
    for entry in list(values.values()):
        option = entry.option
        if option.status is not Status.DEPRECATED or not entry.is_given or not entry.value:
            continue
        new = values[option.replaced_by]
        findings.warn(entry.where, f"an old name; write --{new.option.flag} instead")
        if option.kind is Kind.LIST and isinstance(entry.value, tuple):
            routes = tuple(f"={text}" if "=" in text else text for text in entry.value)
            place = f"{new.place}, {entry.place}" if new.is_given else entry.place
            values.change(
                new.option.key, values.items_of(new.option.key) + routes, place, entry.source
            )
        elif new.is_given and new.value != entry.value:
            findings.refuse(
                entry.where, f"says something else than {new.place}", "Keep the latter."
            )
        else:
            values.change(new.option.key, entry.value, entry.place, entry.source)


def check_one(
    values: Values, environ: Mapping[str, str], findings: Findings, read_file: ReadFile
) -> Judged:
    """Check one provider; return the fields of `ProviderSettings` that had to be worked out."""
    if isinstance(values, OneProvider):
        fold_old_names(values, findings)
        settle_entra(values, environ, findings)
        check_general(values, findings)
    check_provider(values, findings, read_file)
    return values, {
        **own_settings(values),
        **check_client(values, findings, read_file),
        "github_token": resolve_github_token(values, findings, read_file),
        **check_gitlab(values, findings),
        **check_google(values, findings, read_file),
    }


def check(
    values: Values, environ: Mapping[str, str], findings: Findings, read_file: ReadFile
) -> tuple[dict[str, object], list[Judged]]:
    """Run every check; return the fields of `Settings` that had to be worked out, and providers."""
    if values["tls_min_version"].value == "":
        values.change("tls_min_version", "TLS1.2", "default", values["tls_min_version"].source)
    check_general(values, findings)
    each = provider_values(values, findings)
    check_cookie(values, each, findings)
    check_logging(values, findings)
    check_logout(values, findings)
    providers = [check_one(one, environ, findings, read_file) for one in each]
    warn_of_exposed_secrets(values, findings)
    headers, header_claims = check_headers(values, findings)
    resolved = {
        "cookie_secrets": resolve_cookie_secrets(values, findings, read_file),
        **check_tables(values, findings, header_claims),
        **headers,
        "wants_groups": groups_needed(values),
        **groups_with_roles(values),
        **check_redis(values, findings, read_file),
        **check_bearer(each[0], findings),
        **check_upstream(values, findings),
        **check_access(values, findings, read_file),
        **check_server(values, findings, read_file),
        **check_pages(values, findings, read_file),
        **check_account(values, findings, read_file),
        "otlp": check_traces(values, environ, findings),
    }
    return resolved, providers


def check_tables(
    values: Values, findings: Findings, asked_by_headers: tuple[str, ...]
) -> dict[str, object]:
    """Check what stands in tables; whoever has none pays nothing for it."""
    rules: tuple[RuleSettings, ...] = ()
    asked_by_rules: tuple[str, ...] = ()
    if {"rules", "expectations"} & values.tables.keys():
        from sidegate.config.checks.rules import check_rules, claims_of  # noqa: PLC0415 - few have any
        from sidegate.config.expectations import read_expectations  # noqa: PLC0415 - same

        rules = check_rules(values, findings)
        asked_by_rules = claims_of(rules)
        read_expectations(values, findings)
    return {"rules": rules, "kept_claims": claims_needed(asked_by_headers, asked_by_rules)}


def check_traces(
    values: Values, environ: Mapping[str, str], findings: Findings
) -> OtlpSettings | None:
    """Check where spans go; whoever makes none pays nothing for it."""
    if not values.text("tracing"):
        return None
    from sidegate.config.checks.tracing import check_tracing  # noqa: PLC0415 - few gates need it

    return check_tracing(values, environ, findings)


def show_resolved(values: Values, resolved: Mapping[str, object]) -> None:
    """Let the values show what is in effect, where that is not what was written."""
    for key in ("http_address", "https_address", "metrics_address", "pass_user_headers"):
        value = resolved[key]
        if isinstance(value, str | bool) and value != values[key].value:
            values.change(key, value, values[key].place, values[key].source)


def build(
    values: Values,
    resolved: Mapping[str, object],
    providers: Sequence[Judged],
) -> Settings:
    """Fill each branch of `Settings` by the names of its fields."""
    branches = {name: fill(branch, values, resolved) for name, branch in _BRANCHES.items()}
    made = [fill(ProviderSettings, one, {**resolved, **own}) for one, own in providers]
    return Settings(**branches, providers=tuple(made))


def fill(branch: type[BranchType], values: Values, resolved: Mapping[str, object]) -> BranchType:
    """Make one branch; what was worked out goes before what was written."""
    names = branch.__struct_fields__
    found = {name: values[name].value for name in names if name in values}
    return branch(**{**found, **{name: resolved[name] for name in names if name in resolved}})
