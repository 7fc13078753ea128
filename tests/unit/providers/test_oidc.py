"""The OpenID Connect provider as a script of requests and answers."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import (
    EmailUnverified,
    GrantRejected,
    IdTokenRejected,
    IssuerMismatch,
    ProviderMisbehaved,
    ProviderUnavailable,
)
from sidegate.core.identity import Grant, Identity, Session, Tokens
from sidegate.core.ports import Attempt, FetchResponse, Logout
from sidegate.core.secret import Secret
from sidegate.providers.oidc import OidcProvider
from tests.unit.oidc.tokens import CLIENT_ID, ISSUER, NONCE, NOW, claims, jwk, key_set, sign
from tests.unit.providers.script import ScriptedFetch, reply
from tests.unit.providers.settings import made, provider_settings

METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": ISSUER + "/auth",
    "token_endpoint": ISSUER + "/token",
    "jwks_uri": ISSUER + "/certs",
    "end_session_endpoint": ISSUER + "/out",
    "authorization_response_iss_parameter_supported": True,
}
DISCOVERY = f"GET {ISSUER}/.well-known/openid-configuration"
CERTS, TOKEN, ME = f"GET {ISSUER}/certs", f"POST {ISSUER}/token", f"GET {ISSUER}/me"
HEADER = {"alg": "RS256", "kid": "k1"}
ATTEMPT = Attempt(
    state="state",
    nonce=NONCE,
    verifier=Secret("v" * 43),
    return_url="/",
    redirect_uri="https://app.example/oauth2/callback",
    provider="oidc",
    created_at=NOW - 10,
)


class Stage:
    """A provider, its script and its clock."""

    def __init__(
        self,
        rsa: RSAKey,
        kind: type[OidcProvider] = OidcProvider,
        *,
        needs_groups: bool = False,
        **settings: Any,
    ) -> None:
        self.now = float(NOW)
        self.fetch = ScriptedFetch()
        self.keys = reply(key_set(jwk(rsa, kid="k1")))
        self.rsa = rsa
        chosen = provider_settings(**settings)
        clock = lambda: self.now  # noqa: E731 - `now` moves
        self.provider = made(kind, chosen, self.fetch, clock, needs_groups=needs_groups)

    def discover(self, **metadata: Any) -> "Stage":
        self.fetch.expect(DISCOVERY, reply({**METADATA, **metadata}))
        self.fetch.expect(CERTS, self.keys)
        self.run_discovery()
        return self

    def run_discovery(self) -> None:
        asyncio.run(self.provider.discover())
        assert self.provider.unready_reason() == ""

    def with_userinfo(self) -> "Stage":
        return self.discover(userinfo_endpoint=ISSUER + "/me")

    def answers(self, id_claims: dict[str, Any] | None, **values: Any) -> None:
        """Let the token endpoint answer with an ID token of these claims."""
        id_token = {} if id_claims is None else {"id_token": sign(self.rsa, HEADER, id_claims)}
        good = {"access_token": "canary-at", "token_type": "Bearer", **id_token}
        self.fetch.expect(TOKEN, reply({**good, **values}))

    def redeem(self) -> Grant:
        return asyncio.run(self.provider.redeem("canary-code", ATTEMPT))

    def refresh(self, identity: Identity | None = None) -> Grant:
        return asyncio.run(self.provider.refresh(session(identity)))


def session(identity: Identity | None = None) -> Session:
    tokens = Tokens(Secret("old-at"), Secret("old-id"), Secret("old-rt"), NOW + 1.0)
    return Session(
        id="s",
        provider="oidc",
        identity=identity or Identity("248289761001", "alice@example.com"),
        tokens=tokens,
        created_at=NOW - 100.0,
        refreshed_at=NOW - 100.0,
        ends_at=NOW + 1e5,
        provider_session_id="sid-1",
    )


@pytest.fixture
def stage(rsa: RSAKey) -> Stage:
    return Stage(rsa).discover()


def test_a_sign_in_from_code_to_person(stage: Stage) -> None:
    stage.answers(claims(sid="sid-1", groups=["staff"]), refresh_token="rt", expires_in=300)
    grant = stage.redeem()
    assert grant.identity == Identity("248289761001", "alice@example.com", "", ("staff",))
    assert grant.session_id == "sid-1"
    assert grant.tokens.refresh_token == Secret("rt")
    assert grant.tokens.expires_at == NOW + 300
    assert b"code_verifier=" + b"v" * 43 in stage.fetch.asked[-1].body
    assert stage.fetch.is_played()


def test_before_discovery_nobody_signs_in_and_the_reason_is_known(rsa: RSAKey) -> None:
    stage = Stage(rsa)
    assert "not been discovered" in stage.provider.unready_reason()
    with pytest.raises(ProviderUnavailable):
        stage.provider.authorization_url(ATTEMPT)
    stage.fetch.expect(DISCOVERY, ProviderUnavailable("https://idp.example: refused"))
    with pytest.raises(ProviderUnavailable):
        asyncio.run(stage.provider.discover())
    assert stage.provider.unready_reason() == ("provider_unavailable: https://idp.example: refused")
    stage.discover()


@pytest.mark.parametrize(
    ("status", "error"),
    [(503, ProviderUnavailable), (429, ProviderUnavailable), (302, ProviderMisbehaved)],
)
def test_discovery_takes_a_plain_success_only(
    status: int, error: type[Exception], rsa: RSAKey
) -> None:
    stage = Stage(rsa)
    stage.fetch.expect(DISCOVERY, reply(METADATA, status))
    with pytest.raises(error, match=str(status)):
        asyncio.run(stage.provider.discover())


def test_without_keys_the_provider_is_not_ready(rsa: RSAKey) -> None:
    stage = Stage(rsa)
    stage.fetch.expect(DISCOVERY, reply(METADATA))
    stage.fetch.expect(CERTS, reply({"keys": []}))
    with pytest.raises(ProviderMisbehaved):
        asyncio.run(stage.provider.discover())
    assert "key set" in stage.provider.unready_reason()


def test_a_later_discovery_that_fails_keeps_what_was_known(stage: Stage) -> None:
    stage.fetch.expect(DISCOVERY, ProviderUnavailable("down"))
    with pytest.raises(ProviderUnavailable):
        asyncio.run(stage.provider.discover())
    assert stage.provider.unready_reason() == ""


@pytest.mark.parametrize("offered", [["HS256"], ["none"], ["ES256"]])
def test_a_provider_without_an_allowed_algorithm_is_not_used(
    offered: list[str], rsa: RSAKey
) -> None:
    stage = Stage(rsa, oidc_enabled_signing_algs=("RS256", "HS256", "none"))
    document = {**METADATA, "id_token_signing_alg_values_supported": offered}
    stage.fetch.expect(DISCOVERY, reply(document))
    with pytest.raises(ProviderMisbehaved, match="algorithm"):
        asyncio.run(stage.provider.discover())


def test_the_browser_is_sent_with_state_nonce_and_challenge(stage: Stage) -> None:
    url = stage.provider.authorization_url(ATTEMPT)
    assert url.startswith(ISSUER + "/auth?response_type=code&client_id=gate&")
    assert "scope=openid%20email%20profile&state=state&code_challenge=" in url
    assert f"nonce={NONCE}" in url
    assert "v" * 43 not in url


@pytest.mark.parametrize(
    ("supported", "scope"),
    [
        (None, "email%20profile%20groups"),
        (["openid", "groups"], "email%20profile%20groups"),
        (["openid", "email"], "email%20profile"),
    ],
)
def test_groups_are_asked_for_where_a_rule_needs_them_and_no_document_denies_the_scope(
    supported: list[str] | None, scope: str, rsa: RSAKey
) -> None:
    stage = Stage(rsa, needs_groups=True).discover(scopes_supported=supported)
    assert f"&scope=openid%20{scope}&" in stage.provider.authorization_url(ATTEMPT)


def test_a_scope_that_is_given_is_what_is_asked_for(rsa: RSAKey) -> None:
    stage = Stage(rsa, needs_groups=True, scope="openid").discover()
    assert "&scope=openid&" in stage.provider.authorization_url(ATTEMPT)


def test_nonce_and_challenge_are_left_out_only_where_told(rsa: RSAKey) -> None:
    stage = Stage(rsa, insecure_oidc_skip_nonce=True, code_challenge_method="", scope="openid")
    url = stage.discover().provider.authorization_url(ATTEMPT)
    assert "nonce" not in url
    assert "code_challenge" not in url
    stage.answers(claims(nonce=None))
    assert stage.redeem()
    assert b"code_verifier" not in stage.fetch.asked[-1].body


def test_the_response_mode_is_asked_for_where_one_is_configured(rsa: RSAKey) -> None:
    stage = Stage(rsa, auth_request_response_mode="form_post").discover()
    assert "response_mode=form_post" in stage.provider.authorization_url(ATTEMPT)
    assert "response_mode" not in Stage(rsa).discover().provider.authorization_url(ATTEMPT)


def test_the_issuer_of_a_callback_is_the_configured_one(rsa: RSAKey, stage: Stage) -> None:
    stage.provider.check_issuer(ISSUER)
    for issuer in (ISSUER + "/", "https://evil.example", "", None):
        with pytest.raises(IssuerMismatch):
            stage.provider.check_issuer(issuer)
    older = Stage(rsa).discover(authorization_response_iss_parameter_supported=False)
    older.provider.check_issuer(None)
    with pytest.raises(IssuerMismatch):
        older.provider.check_issuer("https://evil.example")


def test_configured_addresses_serve_without_discovery(rsa: RSAKey) -> None:
    stage = Stage(
        rsa,
        skip_oidc_discovery=True,
        login_url="https://a.example/in",
        redeem_url=ISSUER + "/token",
        oidc_jwks_url=ISSUER + "/certs",
    )
    stage.fetch.expect(CERTS, stage.keys)
    asyncio.run(stage.provider.discover())
    assert stage.provider.authorization_url(ATTEMPT).startswith("https://a.example/in?")
    stage.answers(claims())
    assert stage.redeem().identity.email == "alice@example.com"


def test_with_configured_addresses_people_may_set_out_before_the_keys_are_here(rsa: RSAKey) -> None:
    known = {"login_url": ISSUER + "/in", "redeem_url": ISSUER + "/token"}
    stage = Stage(rsa, skip_oidc_discovery=True, oidc_jwks_url=ISSUER + "/certs", **known)
    stage.fetch.expect(CERTS, ProviderUnavailable("down"))
    with pytest.raises(ProviderUnavailable):
        asyncio.run(stage.provider.discover())
    assert stage.provider.authorization_url(ATTEMPT).startswith(ISSUER + "/in?")
    assert stage.provider.unready_reason()
    stage.answers(claims())
    with pytest.raises(ProviderUnavailable, match="keys"):
        stage.redeem()


def test_a_missing_configured_address_is_named(rsa: RSAKey) -> None:
    stage = Stage(rsa, skip_oidc_discovery=True, login_url="https://a.example/in")
    with pytest.raises(ProviderMisbehaved, match="redeem_url, oidc_jwks_url"):
        asyncio.run(stage.provider.discover())


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"nonce": "evil"}, IdTokenRejected),
        ({"iss": "https://evil.example"}, IdTokenRejected),
        ({"aud": [CLIENT_ID, "other"]}, IdTokenRejected),
        ({"at_hash": "AAAA"}, IdTokenRejected),
        ({"email": "a@example.com\r\nX: y"}, IdTokenRejected),
        ({"email_verified": False}, EmailUnverified),
    ],
)
def test_a_bad_id_token_ends_the_sign_in_before_userinfo(
    changes: dict[str, Any], error: type[Exception], stage: Stage
) -> None:
    stage.answers(claims(**changes))
    with pytest.raises(error) as caught:
        stage.redeem()
    assert "canary" not in str(caught.value)
    assert stage.fetch.is_played()


def test_an_answer_without_id_token_is_the_providers_fault(stage: Stage) -> None:
    stage.answers(None)
    with pytest.raises(ProviderMisbehaved, match="no id_token"):
        stage.redeem()


def test_a_code_that_was_used_is_a_rejected_grant(stage: Stage) -> None:
    stage.fetch.expect(TOKEN, reply({"error": "invalid_grant"}, 400))
    with pytest.raises(GrantRejected):
        stage.redeem()


def test_userinfo_fills_what_is_missing_and_overrides_nothing(stage: Stage) -> None:
    stage.with_userinfo().answers(claims(email=None, preferred_username="al"))
    told = {"sub": "248289761001", "email": "b@example.com", "groups": "g"}
    stage.fetch.expect(ME, reply({**told, "preferred_username": "root"}))
    assert stage.redeem().identity == Identity("248289761001", "b@example.com", "al", ("g",))
    assert dict(stage.fetch.asked[-1].headers)["Authorization"] == "Bearer canary-at"


def test_groups_are_looked_up_where_a_rule_needs_them(rsa: RSAKey) -> None:
    stage = Stage(rsa, needs_groups=True).with_userinfo()
    stage.answers(claims())
    stage.fetch.expect(ME, reply({"sub": "248289761001", "email": "x@evil", "groups": ["g"]}))
    assert stage.redeem().identity.groups == ("g",)
    stage.answers(claims())
    stage.fetch.expect(ME, ProviderUnavailable("down"))
    with pytest.raises(ProviderUnavailable):
        stage.redeem()


@pytest.mark.parametrize("email", [None, "alice@example.com"])
def test_userinfo_of_another_subject_ends_the_sign_in(email: str | None, stage: Stage) -> None:
    stage.with_userinfo().answers(claims(email=email))
    stage.fetch.expect(ME, reply({"sub": "other", "email": "admin@example.com"}))
    with pytest.raises(IdTokenRejected, match="userinfo"):
        stage.redeem()


@pytest.mark.parametrize(
    "failure", [ProviderUnavailable("down"), reply(b"<html>"), reply(b"", 404), reply(b"", 500)]
)
def test_an_id_token_that_says_all_is_enough_when_userinfo_fails(
    failure: Any, stage: Stage
) -> None:
    stage.with_userinfo().answers(claims())
    stage.fetch.expect(ME, failure)
    assert stage.redeem().identity.email == "alice@example.com"
    assert stage.fetch.asked[-1].timeout < 10, "nobody waits long for what can be done without"


def test_signed_userinfo_is_verified_with_the_providers_keys(stage: Stage) -> None:
    about = {"iss": ISSUER, "aud": CLIENT_ID, "sub": "248289761001", "groups": ["g"]}
    signed = FetchResponse(
        200, {"content-type": "application/jwt"}, sign(stage.rsa, HEADER, about).encode()
    )
    stage.with_userinfo().answers(claims())
    stage.fetch.expect(ME, signed)
    assert stage.redeem().identity.groups == ("g",)
    stage.answers(claims(sub="another"))
    stage.fetch.expect(ME, signed)
    with pytest.raises(IdTokenRejected, match="subject"):
        stage.redeem()


def test_userinfo_is_left_alone_where_told_or_where_there_is_none(rsa: RSAKey) -> None:
    for stage in (
        Stage(rsa, skip_claims_from_profile_url=True).with_userinfo(),
        Stage(rsa).discover(userinfo_endpoint=None),
    ):
        stage.answers(claims(email=None))
        assert stage.redeem().identity.email == ""


def test_an_unknown_key_is_fetched_once_and_then_known(stage: Stage, other_rsa: RSAKey) -> None:
    stage.rsa = other_rsa
    good = {"access_token": "at", "token_type": "Bearer"}
    token = sign(other_rsa, {"alg": "RS256", "kid": "k2"}, claims())
    for _ in range(2):
        stage.fetch.expect(TOKEN, reply({**good, "id_token": token}))
    stage.fetch.expect(CERTS, reply(key_set(jwk(other_rsa, kid="k2"))))

    async def two_at_once() -> list[Grant]:
        redeem = stage.provider.redeem
        return list(await asyncio.gather(redeem("a", ATTEMPT), redeem("b", ATTEMPT)))

    assert len(asyncio.run(two_at_once())) == 2
    assert stage.fetch.is_played()


def test_a_flood_of_unknown_keys_costs_one_request_per_cool_down(
    stage: Stage, other_rsa: RSAKey
) -> None:
    asked = len(stage.fetch.asked)
    for number in range(50):
        token = sign(other_rsa, {"alg": "RS256", "kid": f"x{number}"}, claims())
        answer = {"access_token": "at", "token_type": "Bearer", "id_token": token}
        stage.fetch.expect(TOKEN, reply(answer))
        if number in {0, 40}:
            stage.fetch.expect(CERTS, stage.keys)
        if number == 40:
            stage.now += 10
        with pytest.raises(IdTokenRejected):
            stage.redeem()
    assert len(stage.fetch.asked) - asked == 52


def test_old_keys_serve_when_the_endpoint_fails(stage: Stage) -> None:
    stage.now += 3600
    stage.answers(claims(exp=NOW + 9999))
    stage.fetch.expect(CERTS, ProviderUnavailable("down"))
    assert stage.redeem()
    stage.answers(claims(exp=NOW + 9999))  # within the cool-down nobody asks again
    assert stage.redeem()
    assert stage.fetch.is_played()


def test_a_withdrawn_key_stops_serving_after_an_hour(stage: Stage, other_rsa: RSAKey) -> None:
    stage.now += 3600
    stage.answers(claims(exp=NOW + 9999))
    stage.fetch.expect(CERTS, reply(key_set(jwk(other_rsa, kid="k2"))))
    with pytest.raises(IdTokenRejected):
        stage.redeem()


def test_a_refresh_without_id_token_keeps_the_person(stage: Stage) -> None:
    stage.answers(None, expires_in=60)
    grant = stage.refresh()
    assert grant.identity == Identity("248289761001", "alice@example.com")
    assert grant.tokens.access_token == Secret("canary-at")
    assert grant.tokens.refresh_token == Secret("old-rt")
    assert grant.tokens.id_token == Secret("old-id")
    assert grant.tokens.expires_at == NOW + 60
    assert grant.session_id == "sid-1"


def test_a_refresh_with_id_token_brings_the_person_up_to_date(stage: Stage) -> None:
    stage.answers(claims(nonce=None, email="new@example.com"), refresh_token="rt-2")
    grant = stage.refresh()
    assert grant.identity.email == "new@example.com"
    assert grant.tokens.refresh_token == Secret("rt-2")


def test_groups_that_came_from_userinfo_are_asked_for_again(stage: Stage) -> None:
    old = Identity("248289761001", "alice@example.com", "", ("admins",))
    stage.with_userinfo().answers(claims(nonce=None))
    stage.fetch.expect(ME, reply({"sub": "248289761001"}))
    assert stage.refresh(old).identity.groups == ()
    stage.answers(claims(nonce=None), refresh_token="rt-2")
    stage.fetch.expect(ME, ProviderUnavailable("down"))
    grant = stage.refresh(old)
    assert grant.identity == old
    assert grant.tokens.refresh_token == Secret("rt-2"), "a rotated token must not be lost"


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "somebody-else"},
        {"iss": "https://evil.example"},
        {"aud": "other"},
        {"email_verified": False},
    ],
)
def test_a_refresh_of_another_person_is_refused(changes: dict[str, Any], stage: Stage) -> None:
    stage.answers(claims(nonce=None, **changes))
    with pytest.raises(IdTokenRejected):
        stage.refresh()


def test_a_session_without_refresh_token_cannot_be_renewed(stage: Stage) -> None:
    bare = session()
    object.__setattr__(bare, "tokens", Tokens())
    with pytest.raises(GrantRejected):
        asyncio.run(stage.provider.refresh(bare))
    assert stage.fetch.is_played()


def test_sign_out_goes_to_the_provider_only_where_told(rsa: RSAKey, stage: Stage) -> None:
    assert stage.provider.end_session_url(session(), "https://app.example/") is None
    wanted = Stage(rsa, oidc_end_session=True)
    assert wanted.provider.end_session_url(None, "") is None
    wanted.discover()
    url = wanted.provider.end_session_url(session(), "https://app.example/")
    assert url is not None
    assert url.startswith(ISSUER + "/out?client_id=gate&id_token_hint=old-id&post_logout")
    assert wanted.provider.end_session_url(None, "") == ISSUER + "/out?client_id=gate"
    by_password = replace(session(), provider="htpasswd:abc")
    assert wanted.provider.end_session_url(by_password, "https://app.example/") is None


def test_a_provider_shows_no_secret_in_its_repr(stage: Stage) -> None:
    assert "canary" not in repr(stage.provider)
    assert stage.provider.display_name == "OpenID Connect"


# Back-channel logout


def test_a_provider_says_that_somebody_signed_out(rsa: RSAKey) -> None:
    stage = Stage(rsa).discover()
    event = "http://schemas.openid.net/event/backchannel-logout"
    said = {"iss": ISSUER, "aud": CLIENT_ID, "iat": NOW, "jti": "j", "events": {event: {}}}
    token = Secret(sign(rsa, HEADER, {**said, "sub": "alice"}))
    assert asyncio.run(stage.provider.verify_logout(token)) == Logout("oidc", "j", user="alice")
    forged = Secret(sign(RSAKey.generate_key(2048), HEADER, {**said, "sub": "alice"}))
    with pytest.raises(IdTokenRejected):
        asyncio.run(stage.provider.verify_logout(forged))


def test_a_provider_speaks_for_its_own_issuer_only(rsa: RSAKey) -> None:
    assert Stage(rsa).provider.speaks_as(ISSUER)
    assert not Stage(rsa).provider.speaks_as(ISSUER + "/")
    any_name = Stage(rsa, insecure_oidc_skip_issuer_verification=True).provider
    assert any_name.speaks_as("https://tenant.example")
