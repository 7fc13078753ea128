"""Each `[[providers]]` table is one provider, and is judged as the only one would be."""

import pytest

from sidegate.core.secret import Secret
from tests.unit.config.conftest import Desk

CORP = """
[[providers]]
id = "corp"
name = "Example Corp"
oidc_issuer_url = "https://corp.test"
client_id = "app"
client_secret_file = "client-secret"
for_email_domains = ["Example.com", ".corp.test"]
"""
STAFF = """
[[providers]]
id = "staff"
oidc-issuer-url = "https://staff.test"
client_id = "other"
client_secret = "hunter2"
callback_without_id = true
scope = "openid"
"""


@pytest.fixture
def bare(desk: Desk) -> Desk:
    """Return a desk without a provider."""
    return desk.without("--client-id", "--client-secret-file", "--oidc-issuer-url")


def test_each_table_is_a_provider_in_the_order_of_the_file(bare: Desk) -> None:
    corp, staff = bare.load(toml=CORP + STAFF).settings.providers
    assert (corp.id, corp.provider, corp.provider_display_name) == ("corp", "oidc", "Example Corp")
    assert corp.client_secret == Secret("s3cret")
    assert corp.for_email_domains == ("example.com", ".corp.test")
    assert corp.has_own_callback
    assert (staff.id, staff.client_id, staff.oidc_issuer_url) == (
        "staff",
        "other",
        "https://staff.test",
    )
    assert (staff.client_secret, staff.scope) == (Secret("hunter2"), "openid")
    assert not staff.has_own_callback


def test_the_only_provider_of_the_options_is_called_by_its_kind(desk: Desk) -> None:
    (only,) = desk.load().settings.providers
    assert (only.id, only.for_email_domains, only.has_own_callback) == ("oidc", (), False)


def test_an_id_is_the_kind_where_none_is_given(bare: Desk) -> None:
    (only,) = bare.load(toml=CORP.replace('id = "corp"\n', "")).settings.providers
    assert only.id == "oidc"


def test_what_is_for_all_may_stand_above_the_tables(bare: Desk) -> None:
    settings = bare.load("--cookie-expire=1h", toml='cookie_name = "a"\n' + CORP).settings
    assert (settings.cookie.cookie_name, settings.cookie.cookie_expire) == ("a", 3600.0)


@pytest.mark.parametrize(
    ("flag", "place"),
    [
        ("--client-id=x", "flag --client-id"),
        ("--oidc-groups-claim=groups", "flag --oidc-groups-claim"),
    ],
)
def test_options_of_one_provider_beside_tables_are_a_mistake(
    bare: Desk, flag: str, place: str
) -> None:
    assert bare.mistake(flag, toml=CORP).startswith(f"{place}: is for one provider")


def test_the_environment_cannot_speak_of_one_of_several(bare: Desk) -> None:
    mistake = bare.mistake(toml=CORP, env={"OAUTH2_PROXY_CLIENT_SECRET": "x"})
    assert mistake.startswith("environment OAUTH2_PROXY_CLIENT_SECRET: is for one provider")


def test_all_mistakes_of_all_tables_are_told_with_table_and_line(bare: Desk) -> None:
    text = """
[[providers]]
id = "corp"
oidc_issuer_url = "http://corp.test"
client_id = "app"
client_secret_file = "client-secret"
code_challenge_method = "plain"

[[providers]]
id = "staff"
oidc_issuer_url = "https://staff.test"
scope = 7
"""
    places = [mistake.partition(":")[0] for mistake in bare.mistakes(toml=text)]
    assert places == [
        "gate.toml line 12 in [[providers]] (scope)",
        "gate.toml line 7 in [[providers]] (code_challenge_method)",
        "gate.toml line 4 in [[providers]] (oidc_issuer_url)",
        "gate.toml line 9 ([[providers]] staff), client_id",
        "gate.toml line 9 ([[providers]] staff), client_secret_file",
    ]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('clientid = "x"', "Did you mean client_id?"),
        ('cookie_name = "x"', "is for all providers"),
        ('id = "Corp"', '"Corp" is no id'),
        ('id = "a/b"', '"a/b" is no id'),
        ('id = ""\nprovider = "login.gov"', '"login.gov" is no id'),
        ('id = "staff"', "the same id as gate.toml line 3 ([[providers]] staff)"),
        ('for_email_domains = ["a@example.com"]', '"a@example.com" is no domain'),
        ('for_email_domains = ["Staff.test"]', "staff.test leads to another provider"),
        ("callback_without_id = true", "another provider has that callback"),
        ('github_org = "x"', "does nothing with provider"),
        ('bitbucket_team = "x"', "known but not built"),
        ('provider_display_name = "y"\nname = "z"', "the same option"),
    ],
)
def test_a_mistake_in_a_table_is_told(bare: Desk, line: str, what: str) -> None:
    staff = STAFF + 'for_email_domains = ["staff.test"]\n'
    corp = CORP.replace('id = "corp"\nname = "Example Corp"\n', "")
    corp = corp.replace('for_email_domains = ["Example.com", ".corp.test"]\n', "")
    if not line.startswith("id"):
        line = 'id = "corp"\n' + line
    mistakes = bare.mistakes(toml="\n" + staff + corp + line)
    assert any(what in mistake for mistake in mistakes), mistakes


def test_old_names_count_in_a_table_too(bare: Desk) -> None:
    loaded = bare.load(toml=CORP + 'user_id_claim = "upn"\n')
    assert loaded.settings.providers[0].oidc_email_claim == "upn"
    assert any("line 9" in warning for warning in loaded.warnings)


def test_a_weaker_option_of_a_table_is_told_at_the_start(bare: Desk) -> None:
    (warning,) = bare.load(toml=CORP + "ssl_insecure_skip_verify = true\n").warnings
    assert warning.startswith("gate.toml line 9 in [[providers]] (ssl_insecure_skip_verify)")


def test_one_provider_with_form_post_makes_the_sign_in_cookie_fit(bare: Desk) -> None:
    text = CORP + STAFF + 'auth_request_response_mode = "form_post"\n'
    assert bare.load(toml=text).settings.cookie.cookie_csrf_samesite == "none"
    mistakes = bare.mistakes(
        "--cookie-secure=false",
        toml=CORP + STAFF.replace("scope", 'auth_request_response_mode = "form_post"\nscope'),
    )
    assert any("SameSite=None" in mistake and "line " in mistake for mistake in mistakes)


def test_roles_of_one_provider_are_a_rule_for_all(bare: Desk) -> None:
    text = 'allowed_roles = ["admin"]\n' + STAFF
    assert "none of the providers tells roles" in bare.mistake(toml=text + CORP)
    text += CORP.replace("[[providers]]", '[[providers]]\nprovider = "keycloak-oidc"')
    assert bare.load(toml=text).settings.access.allowed_groups == ("role:admin",)
