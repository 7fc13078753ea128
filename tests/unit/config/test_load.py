"""The strongest source wins, all mistakes come at once, and the settings are what was asked."""

import pytest

from sidegate.config.load import load
from sidegate.config.options import OPTIONS
from sidegate.core.errors import ConfigurationError
from tests.unit.config.conftest import Desk


def test_the_right_configuration_loads_without_warnings(desk: Desk) -> None:
    loaded = desk.load()
    assert loaded.warnings == []
    assert loaded.settings.providers[0].client_id == "app"
    assert loaded.settings.server.http_address == "127.0.0.1:4180"
    assert loaded.settings.cookie.cookie_expire == 604800.0


def test_flag_beats_environment_beats_file_beats_default(desk: Desk) -> None:
    toml = 'cookie_name = "file"\ncookie_path = "/file"\nprompt = "file"'
    env = {"OAUTH2_PROXY_COOKIE_NAME": "env", "OAUTH2_PROXY_COOKIE_PATH": "/env"}
    loaded = desk.load("--cookie-name=flag", env=env, toml=toml)
    names = ("cookie_name", "cookie_path", "prompt", "acr_values")
    assert [(loaded.values[name].value, loaded.values[name].place) for name in names] == [
        ("flag", "flag --cookie-name"),
        ("/env", "environment OAUTH2_PROXY_COOKIE_PATH"),
        ("file", "gate.toml line 3"),
        ("", "default"),
    ]


def test_a_list_of_a_stronger_source_replaces_the_weaker_one(desk: Desk) -> None:
    desk.without("--email-domain")
    loaded = desk.load(
        env={"OAUTH2_PROXY_EMAIL_DOMAINS": "env.com"}, toml='email_domains = ["file.com"]'
    )
    assert loaded.settings.access.email_domains == ("env.com",)


def test_the_file_may_be_named_by_a_variable(desk: Desk) -> None:
    desk.files["other.toml"] = b'prompt = "login"'
    loaded = desk.load(env={"OAUTH2_PROXY_CONFIG": "other.toml"})
    assert loaded.settings.providers[0].prompt == "login"


def test_a_file_that_cannot_be_read_is_a_mistake(desk: Desk) -> None:
    assert "cannot read nowhere.toml" in desk.mistake("--config=nowhere.toml")


def test_all_mistakes_are_told_at_once_each_with_place_and_remedy() -> None:
    env = {"OAUTH2_PROXY_COOKIE_EXPIRE": "1w", "OAUTH2_PROXY_NONSENSE": "1"}
    argv = ["--upstrem=http://a", "--cookie-samesite=bad", "--bitbucket-team=u"]
    with pytest.raises(ConfigurationError) as caught:
        load(argv, env, lambda _path: b"")
    places = [mistake.partition(": ")[0] for mistake in caught.value.mistakes]
    assert places == [
        "flag --upstrem",
        "environment OAUTH2_PROXY_COOKIE_EXPIRE",
        "environment OAUTH2_PROXY_NONSENSE",
        "flag --cookie-samesite",
        "flag --bitbucket-team",
        "--client-id (OAUTH2_PROXY_CLIENT_ID)",
        "--client-secret-file (OAUTH2_PROXY_CLIENT_SECRET_FILE)",
        "--cookie-secret-file (OAUTH2_PROXY_COOKIE_SECRET_FILE)",
        "--email-domain (OAUTH2_PROXY_EMAIL_DOMAINS)",
    ]
    assert all("\n  " in mistake for mistake in caught.value.mistakes)


def test_a_value_that_cannot_be_read_is_not_told_as_missing_too(desk: Desk) -> None:
    desk.without("--client-id")
    assert "client_id" in desk.mistake(toml="client_id = 5")


@pytest.mark.parametrize("row", [row for row in OPTIONS if row.is_planned], ids=lambda row: row.key)
def test_a_planned_option_is_accepted_at_its_default_only(desk: Desk, row: object) -> None:
    from sidegate.config.options import Kind, Option  # noqa: PLC0415 - for this check only

    assert isinstance(row, Option)
    other = {Kind.BOOL: str(not row.default), Kind.INT: "12345"}.get(row.kind, "something")
    mistake = desk.mistake(f"--{row.flag}={other}")
    assert "known but not built" in mistake
    if row.kind is not Kind.LIST:
        assert desk.mistakes(f"--{row.flag}={row.default}") == []


def test_a_planned_option_of_a_file_is_told_by_line_and_name(desk: Desk) -> None:
    mistake = desk.mistake(toml='\nbitbucket_team = "hunter2"')
    assert mistake.startswith("gate.toml line 2 (bitbucket_team): --bitbucket-team is")
    assert "hunter2" not in mistake


def test_the_structured_configuration_is_not_built(desk: Desk) -> None:
    assert "not built" in desk.mistake("--alpha-config=x.yaml")
    assert "not built" in desk.mistake("--convert-config-to-alpha")


@pytest.mark.parametrize(
    ("flag", "key", "value"),
    [
        ("--user-id-claim=upn", "oidc_email_claim", "upn"),
        ("--force-code-challenge-method=S256", "code_challenge_method", "S256"),
    ],
)
def test_old_names_work_with_a_warning(desk: Desk, flag: str, key: str, value: str) -> None:
    loaded = desk.load(flag)
    assert getattr(loaded.settings.providers[0], key) == value
    assert "an old name" in loaded.warnings[0]


def test_an_old_name_that_contradicts_the_new_one_is_a_mistake(desk: Desk) -> None:
    flags = ("--user-id-claim=upn", "--oidc-email-claim=mail")
    assert "something else than flag --oidc-email-claim" in desk.mistake(*flags)


def test_old_patterns_join_the_routes_and_keep_their_equals_signs(desk: Desk) -> None:
    loaded = desk.load("--skip-auth-route=GET=^/a", "--skip-auth-regex=^/b,^/c=d")
    assert loaded.settings.access.skip_auth_routes == ("GET=^/a", "^/b", "=^/c=d")


@pytest.mark.parametrize(
    ("flag", "part"),
    [
        ("--cookie-secure=false", "plain HTTP"),
        ("--cookie-httponly=false", "scripts"),
        ("--cookie-samesite=", "other sites"),
        ("--cookie-refresh=0", "stays signed in"),
        ("--cookie-expire=0", "no age limit"),
        ("--code-challenge-method=", "stolen"),
        ("--insecure-oidc-skip-nonce", "ID token"),
        ("--insecure-oidc-skip-issuer-verification", "another issuer"),
        ("--insecure-oidc-allow-unverified-email", "email address"),
        ("--ssl-insecure-skip-verify", "identity provider"),
        ("--ssl-upstream-insecure-skip-verify", "application"),
        ("--websocket-check-origin=false", "WebSockets"),
        ("--skip-auth-preflight", "OPTIONS"),
        ("--email-domain=*", "everybody"),
        ("--trusted-ip=::/0", "everybody"),
    ],
)
def test_weaker_than_the_default_is_said(desk: Desk, flag: str, part: str) -> None:
    (warning,) = desk.load(flag).warnings
    assert part in warning
    assert warning.startswith(flag.partition("=")[0].replace("--", "flag --"))


def test_trusting_every_proxy_is_said(desk: Desk) -> None:
    (warning,) = desk.load("--reverse-proxy", "--trusted-proxy-ip=0.0.0.0/0").warnings
    assert "0.0.0.0/0 means everybody" in warning


def test_trusted_proxies_without_a_proxy_in_front_are_said_to_do_nothing(desk: Desk) -> None:
    (warning,) = desk.load("--trusted-proxy-ip=10.0.0.1").warnings
    assert "does nothing without --reverse-proxy" in warning


@pytest.mark.parametrize("flag", ["--cookie-csrf-samesite=lax", "--cookie-refresh=30m"])
def test_stronger_than_the_default_is_not_warned_about(desk: Desk, flag: str) -> None:
    assert desk.load(flag).warnings == []


def test_secrets_do_not_show_in_the_settings(desk: Desk) -> None:
    shown = repr(desk.load().settings)
    assert "s3cret" not in shown
    assert "0123456789abcdef" not in shown


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ((), True),
        (("--pass-basic-auth=false",), True),
        (("--pass-user-headers=false",), True),
        (("--pass-basic-auth=false", "--pass-user-headers=false"), False),
    ],
)
def test_either_of_two_switches_tells_the_application_who_it_is(
    desk: Desk, flags: tuple[str, ...], told: object
) -> None:
    assert desk.load(*flags).settings.headers.pass_user_headers is told


def test_options_without_effect_are_accepted(desk: Desk) -> None:
    flags = ("--session-cookie-minimal", "--flush-interval=5s", "--session-store-type=cookie")
    assert desk.mistakes(*flags) == []


def test_the_example_of_the_founding_document_loads(desk: Desk) -> None:
    desk.without("--email-domain", "--upstream")
    toml = """
    email_domains = ["example.com", "partner.com"]
    standard-logging = true
    auth-logging = true
    request-logging = true
    logging-level = "info"
    """
    env = {"OAUTH2_PROXY_UPSTREAMS": "http://127.0.0.1:8080"}
    settings = desk.load(env=env, toml=toml).settings
    assert settings.access.email_domains == ("example.com", "partner.com")
    assert settings.upstream.upstreams[0].path == "/"


def test_what_an_unreadable_file_would_have_given_is_not_called_missing(desk: Desk) -> None:
    desk.base = {}
    (mistake,) = desk.mistakes(toml="not toml")
    assert "not TOML" in mistake
