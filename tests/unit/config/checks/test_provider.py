"""The identity provider has to be named completely and reached safely."""

import pytest

from sidegate.config.checks.provider import CHECKS
from sidegate.config.options.provider import BUILT_PROVIDERS
from sidegate.providers.registry import KINDS
from tests.unit.config.conftest import Desk

FLAG_OF_URL = [
    "login-url",
    "redeem-url",
    "profile-url",
    "oidc-jwks-url",
    "oidc-issuer-url",
    "introspection-url",
]


@pytest.mark.parametrize("flag", FLAG_OF_URL)
def test_plain_http_is_refused_except_on_loopback(desk: Desk, flag: str) -> None:
    assert "plain http" in desk.mistake(f"--{flag}=http://login.test")
    assert desk.mistakes(f"--{flag}=http://127.0.0.1:9000") == []


@pytest.mark.parametrize("flag", FLAG_OF_URL)
def test_what_is_no_url_is_refused(desk: Desk, flag: str) -> None:
    assert f"flag --{flag}" in desk.mistake(f"--{flag}=login.test")


@pytest.mark.parametrize(
    ("flag", "part"),
    [
        ("--provider=facebook", "known but not built"),
        ("--provider=login.gov", "known but not built"),
        ("--provider=odic", "Did you mean oidc?"),
        ("--provider=gogle", "Did you mean google?"),
        ("--oidc-issuer-url=https://login.test/?a=b", "no query"),
        ("--scope=email profile", 'Write "openid email profile".'),
        ("--scope=openidx", "lacks openid"),
        ("--code-challenge-method=plain", '"plain" is not accepted'),
        ("--oidc-enabled-signing-alg=none", '"none" is not accepted'),
        ("--oidc-enabled-signing-alg=RS256,HS256", '"HS256" is not accepted'),
        ("--provider-ca-file=/nope", "cannot read /nope"),
        ("--oidc-email-claim=", "is empty"),
        ("--oidc-audience-claim=", "is empty"),
    ],
)
def test_mistakes(desk: Desk, flag: str, part: str) -> None:
    assert part in desk.mistake(flag)


def test_what_is_said_to_be_built_is_checked_and_made() -> None:
    assert set(BUILT_PROVIDERS) == CHECKS.keys() == KINDS.keys()


def test_the_client_id_and_the_issuer_are_required(desk: Desk) -> None:
    mistakes = desk.without("--client-id", "--oidc-issuer-url").mistakes("--provider=oidc")
    assert [mistake.partition(" ")[0] for mistake in mistakes] == [
        "--client-id",
        "--oidc-issuer-url",
    ]


def test_an_unknown_provider_is_not_asked_for_an_issuer(desk: Desk) -> None:
    assert "cidaas" in desk.without("--oidc-issuer-url").mistake("--provider=cidaas")


def test_an_old_kind_leads_to_its_successor(desk: Desk) -> None:
    assert "--provider=keycloak-oidc" in desk.mistake("--provider=keycloak")


def test_without_discovery_the_endpoints_are_required(desk: Desk) -> None:
    mistakes = desk.without("--oidc-issuer-url").mistakes("--skip-oidc-discovery")
    assert [mistake.partition(" ")[0] for mistake in mistakes] == [
        "--oidc-issuer-url",
        "--login-url",
        "--redeem-url",
        "--oidc-jwks-url",
    ]
    endpoints = [f"--{name}=https://login.test/x" for name in FLAG_OF_URL]
    assert desk.mistakes("--skip-oidc-discovery", *endpoints) == []


def test_signing_algorithms_get_their_right_spelling(desk: Desk) -> None:
    settings = desk.load("--oidc-enabled-signing-alg=ES256,eddsa").settings
    assert settings.providers[0].oidc_enabled_signing_algs == ("ES256", "EdDSA")


def test_without_a_word_on_the_provider_it_is_google(desk: Desk) -> None:
    loaded = desk.without("--oidc-issuer-url").load()
    assert loaded.settings.providers[0].provider == "google"
    assert any("people sign in with Google" in warning for warning in loaded.warnings)


@pytest.mark.parametrize(
    "flag", ["--login-url=https://login.test/x", "--oidc-jwks-url=https://login.test/x"]
)
def test_an_address_of_a_provider_is_a_word_on_it(desk: Desk, flag: str) -> None:
    assert "--oidc-issuer-url" in desk.without("--oidc-issuer-url").mistake(flag)
