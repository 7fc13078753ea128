"""A provider of plain OAuth 2.0 is named by its addresses, and by where its document says what."""

import pytest

from tests.unit.config.conftest import Desk

OAUTH2 = (
    "--provider=oauth2",
    "--login-url=https://login.test/authorize",
    "--redeem-url=https://login.test/token",
    "--profile-url=https://api.test/me",
)


@pytest.fixture
def desk() -> Desk:
    return Desk().without("--oidc-issuer-url")


def test_addresses_are_enough(desk: Desk) -> None:
    settings = desk.load(*OAUTH2, "--oauth2-user-claim=data.id").settings.providers[0]
    assert settings.profile_url == "https://api.test/me"
    assert settings.oauth2_user_claim == "data.id"
    assert settings.oauth2_email_claim == "email"


def test_each_address_is_required(desk: Desk) -> None:
    mistakes = desk.mistakes("--provider=oauth2")
    assert [mistake.partition(" ")[0] for mistake in mistakes] == [
        "--login-url",
        "--redeem-url",
        "--profile-url",
    ]


def test_a_session_without_tokens_is_warned_of(desk: Desk) -> None:
    warnings = desk.load(*OAUTH2, "--session-cookie-minimal").warnings
    assert any("who leaves stays signed in" in warning for warning in warnings)


def test_the_scope_is_the_providers_matter(desk: Desk) -> None:
    assert desk.mistakes(*OAUTH2, "--scope=read_user") == []


@pytest.mark.parametrize(
    ("flag", "part"),
    [
        ("--oauth2-user-claim=", "is empty"),
        ("--validate-url=http://api.test/x", "plain http"),
    ],
)
def test_mistakes(desk: Desk, flag: str, part: str) -> None:
    assert part in desk.mistake(*OAUTH2, flag)


@pytest.mark.parametrize("flag", ["--oauth2-user-claim=id", "--validate-url=https://x.test/"])
def test_what_only_oauth2_looks_at_is_a_mistake_elsewhere(flag: str) -> None:
    assert 'does nothing with provider "oidc"' in Desk().mistake(flag)
