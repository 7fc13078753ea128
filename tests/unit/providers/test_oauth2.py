"""A provider without ID tokens as a script of requests and answers."""

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sidegate.core.errors import (
    EmailUnverified,
    GrantRejected,
    IdTokenRejected,
    IssuerMismatch,
    ProviderError,
    ProviderMisbehaved,
    ProviderUnavailable,
)
from sidegate.core.identity import Grant, Identity, Session, Tokens
from sidegate.core.ports import Attempt, FetchResponse
from sidegate.core.secret import Secret
from sidegate.providers.oauth2 import OAuth2Provider
from tests.unit.providers.script import Reply, ScriptedFetch, reply
from tests.unit.providers.settings import made, provider_settings

NOW = 1000.0
SITE, API = "https://login.example", "https://api.example"
TOKEN, ME, VALID = f"POST {SITE}/token", f"GET {API}/me", f"GET {API}/valid"
PROFILE = {"sub": "alice", "email": "alice@example.com", "preferred_username": "al"}
ANSWER = {"access_token": "canary-access", "token_type": "bearer"}
ATTEMPT = Attempt(
    "state", "nonce", Secret("v" * 43), "/", "https://app.example/oauth2/callback", "oauth2", NOW
)
SESSION = Session(
    "id",
    "oauth2",
    Identity("alice", groups=("old",)),
    Tokens(Secret("canary-access"), renews_by_asking=True),
    NOW,
    NOW,
    NOW + 9999,
)


def form(text: str) -> FetchResponse:
    kind = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    return FetchResponse(200, kind, text.encode())


class Stage:
    """A provider and its script."""

    def __init__(self, **settings: Any) -> None:
        self.fetch = ScriptedFetch()
        chosen = provider_settings(
            **{
                "id": "oauth2",
                "provider": "oauth2",
                "oidc_issuer_url": "",
                "login_url": f"{SITE}/authorize",
                "redeem_url": f"{SITE}/token",
                "profile_url": f"{API}/me",
                **settings,
            }
        )
        self.provider = made(OAuth2Provider, chosen, self.fetch, lambda: NOW)
        asyncio.run(self.provider.discover())

    def sign_in(self, profile: Any = PROFILE, answer: Any = ANSWER) -> Grant:
        self.fetch.expect(TOKEN, answer if isinstance(answer, FetchResponse) else reply(answer))
        self.fetch.expect(ME, profile if isinstance(profile, FetchResponse) else reply(profile))
        grant = asyncio.run(self.provider.redeem("the-code", ATTEMPT))
        assert self.fetch.is_played()
        return grant

    def refresh(self, session: Session, *script: tuple[str, Reply]) -> Grant:
        for line, answer in script:
            self.fetch.expect(line, answer)
        return asyncio.run(self.provider.refresh(session))

    def parameters(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.provider.authorization_url(ATTEMPT)).query)


def test_the_browser_is_sent_with_a_challenge_and_without_a_nonce() -> None:
    parameters = Stage().parameters()
    assert parameters.keys() == {
        "response_type",
        "client_id",
        "redirect_uri",
        "state",
        "code_challenge",
        "code_challenge_method",
    }
    assert parameters["code_challenge_method"] == ["S256"]


def test_what_was_configured_is_asked_for() -> None:
    stage = Stage(scope="read", prompt="login", code_challenge_method="")
    parameters = stage.parameters()
    assert (parameters["scope"], parameters["prompt"]) == (["read"], ["login"])
    assert "code_challenge" not in parameters
    assert "&login_hint=al" in stage.provider.authorization_url(ATTEMPT, login_hint="al")


def test_a_person_is_who_the_profile_says() -> None:
    stage = Stage()
    grant = stage.sign_in({**PROFILE, "groups": ["staff", "ops"]})
    assert grant.identity == Identity("alice", "alice@example.com", "al", ("staff", "ops"))
    assert grant.tokens == Tokens(Secret("canary-access"), renews_by_asking=True)
    redeemed, asked = stage.fetch.asked
    assert b"code=the-code" in redeemed.body
    assert b"code_verifier=" + b"v" * 43 in redeemed.body
    assert ("Authorization", "Bearer canary-access") in asked.headers


def test_the_places_of_claims_are_the_operators() -> None:
    stage = Stage(
        oauth2_user_claim="data.id",
        oauth2_email_claim="data.mail",
        oauth2_groups_claim="data.teams",
        oauth2_preferred_username_claim="data.nick",
        kept_claims=("data.site",),
    )
    data = {"id": 583231, "mail": "a@b.example", "teams": "x", "nick": "al", "site": "north"}
    identity = stage.sign_in({"data": data}).identity
    assert identity == Identity("583231", "a@b.example", "al", ("x",), {"data.site": ("north",)})


@pytest.mark.parametrize("subject", [None, "", True, 1.5, ["a"], {"a": 1}])
def test_nobody_is_signed_in_without_a_subject(subject: Any) -> None:
    with pytest.raises(ProviderMisbehaved, match="oauth2_user_claim"):
        Stage().sign_in({**PROFILE, "sub": subject})


def test_a_subject_that_would_end_a_header_is_refused() -> None:
    with pytest.raises(IdTokenRejected):
        Stage().sign_in({**PROFILE, "sub": "a\nb"})


def test_people_without_an_email_are_people() -> None:
    assert Stage().sign_in({"sub": "alice"}).identity == Identity("alice")


def test_an_email_counts_unless_the_profile_says_that_it_is_not_verified() -> None:
    assert Stage().sign_in({**PROFILE, "email_verified": True}).identity.email
    with pytest.raises(EmailUnverified):
        Stage().sign_in({**PROFILE, "email_verified": False})


def test_an_answer_may_be_a_form_as_it_was_in_old_drafts() -> None:
    answer = form("access_token=canary-access&token_type=bearer&expires_in=60&scope=")
    assert Stage().sign_in(answer=answer).tokens.expires_at == NOW + 60


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply({"error": "invalid_grant"}, 400), GrantRejected),
        (reply({"error": "invalid_client"}, 401), ProviderMisbehaved),
        (reply({"access_token": "x", "token_type": "mac"}), ProviderMisbehaved),
        (reply({"token_type": "bearer"}), ProviderMisbehaved),
        (form("error=invalid_grant"), GrantRejected),
        (form("access_token=a&access_token=b&token_type=bearer"), ProviderMisbehaved),
        (form("access_token=%FF&token_type=bearer"), ProviderMisbehaved),
        (reply(b"access_token=x&token_type=bearer"), ProviderMisbehaved),
        (reply(b"", 503), ProviderUnavailable),
        (ProviderUnavailable("reset"), ProviderUnavailable),
    ],
)
def test_a_code_that_is_not_redeemed_signs_nobody_in(
    answer: Reply, error: type[ProviderError]
) -> None:
    stage = Stage()
    stage.fetch.expect(TOKEN, answer)
    with pytest.raises(error):
        asyncio.run(stage.provider.redeem("the-code", ATTEMPT))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(b"", 401), GrantRejected),
        (reply(b"", 403), GrantRejected),
        (reply(b"", 302), ProviderMisbehaved),
        (reply(b"[]"), ProviderMisbehaved),
        (reply(b"<html>"), ProviderMisbehaved),
        (reply(b"", 500), ProviderUnavailable),
    ],
)
def test_nobody_is_signed_in_whom_the_profile_does_not_tell(
    answer: FetchResponse, error: type[ProviderError]
) -> None:
    with pytest.raises(error):
        Stage().sign_in(answer=ANSWER, profile=answer)


def test_the_client_says_who_it_is_as_the_operator_wants() -> None:
    stage = Stage()
    stage.sign_in()
    assert any(name == "Authorization" for name, _ in stage.fetch.asked[0].headers)
    stage = Stage(token_endpoint_auth_method="client_secret_post")
    stage.sign_in()
    assert b"client_secret=canary-client-secret" in stage.fetch.asked[0].body


# Renewal


def test_without_a_refresh_token_the_provider_is_asked_again() -> None:
    grant = Stage().refresh(SESSION, (ME, reply({**PROFILE, "groups": ["new"]})))
    assert grant.identity.groups == ("new",)
    assert grant.tokens == SESSION.tokens


def test_a_validation_address_is_asked_first() -> None:
    stage = Stage(validate_url=f"{API}/valid")
    stage.refresh(SESSION, (VALID, reply(b"")), (ME, reply(PROFILE)))
    with pytest.raises(GrantRejected, match="validation"):
        stage.refresh(SESSION, (VALID, reply(b"", 401)))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(b"", 401), GrantRejected),
        (reply({**PROFILE, "email_verified": False}), GrantRejected),
        (reply(b"", 502), ProviderUnavailable),
        (ProviderUnavailable("refused"), ProviderUnavailable),
        (reply(b"<html>"), ProviderMisbehaved),
    ],
)
def test_who_is_gone_is_gone_and_a_provider_that_fails_is_only_away(
    answer: Reply, error: type[ProviderError]
) -> None:
    with pytest.raises(error):
        Stage().refresh(SESSION, (ME, answer))


def test_a_session_without_any_token_is_over() -> None:
    with pytest.raises(GrantRejected):
        Stage().refresh(replace(SESSION, tokens=Tokens()))


RENEWABLE = replace(SESSION, tokens=Tokens(refresh_token=Secret("r1")))


def test_a_refresh_token_is_redeemed_and_who_it_is_asked_anew() -> None:
    answer = {**ANSWER, "refresh_token": "r2", "expires_in": 60}
    stage = Stage(validate_url=f"{API}/valid")
    grant = stage.refresh(RENEWABLE, (TOKEN, reply(answer)), (ME, reply(PROFILE)))
    assert grant.identity.email == "alice@example.com"
    assert grant.tokens == Tokens(
        Secret("canary-access"), refresh_token=Secret("r2"), expires_at=NOW + 60
    )
    assert b"refresh_token=r1" in stage.fetch.asked[0].body


def test_new_tokens_do_not_get_lost_because_the_profile_is_away() -> None:
    grant = Stage().refresh(RENEWABLE, (TOKEN, reply(ANSWER)), (ME, reply(b"", 503)))
    assert grant.identity == SESSION.identity
    assert grant.tokens.refresh_token == Secret("r1")


def test_a_person_who_is_gone_is_gone_with_a_new_token_too() -> None:
    with pytest.raises(GrantRejected):
        Stage().refresh(RENEWABLE, (TOKEN, reply(ANSWER)), (ME, reply(b"", 403)))


# The rest


def test_the_issuer_of_a_callback_is_compared_as_far_as_it_is_known() -> None:
    Stage().provider.check_issuer(None)
    Stage().provider.check_issuer(f"{SITE}/tenant")
    known = Stage(oidc_issuer_url=f"{SITE}/tenant").provider
    known.check_issuer(f"{SITE}/tenant")
    for provider, issuer in (
        (Stage().provider, "https://other.example"),
        (Stage().provider, "https://["),
        (known, SITE),
    ):
        with pytest.raises(IssuerMismatch):
            provider.check_issuer(issuer)


def test_nobody_signs_in_over_an_address_that_is_not_safe() -> None:
    with pytest.raises(ProviderMisbehaved, match="not https"):
        Stage(profile_url="http://api.example/me")


def test_it_has_names_and_no_sign_out() -> None:
    provider = Stage().provider
    assert (provider.id, provider.display_name) == ("oauth2", "OAuth 2.0")
    assert provider.unready_reason() == ""
    assert provider.end_session_url(SESSION, "/") is None
    assert repr(provider) == f"<OAuth2Provider oauth2 {SITE}/authorize>"
    assert "canary" not in repr(SESSION)
