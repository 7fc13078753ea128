"""The relying-party modules of the OpenID Foundation's conformance suite, one test a module.

Each plays what the module of that name makes the provider do, against a running gate. "Refused"
means: the callback answers an error, no session comes of it, the application sees nothing, and
userinfo is not asked. `docs/security/openid-conformance.md` has the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.conformance.attacks import CALLBACK
from tests.conformance.backchannel import post, tokens_of
from tests.conformance.browser import NAVIGATION, Answer, Browser
from tests.conformance.gates import Gate
from tests.conformance.provider import Back, Canned, Mutation, Provider
from tests.conformance.world import World

ALICE = "alice@example.com"
PAST_KEYS = 3700.0
MODES = ("query", "form_post")
FLAGS = (
    "--email-domain=example.com",
    "--reverse-proxy",
    "--skip-provider-button",
    "--cookie-refresh=1h",
    "--oidc-end-session",
)
NO_EMAIL: Mutation = {"remove": ["email", "email_verified"]}


@dataclass
class Party:
    """A relying party under test, its provider, and somebody's browser."""

    world: World
    gate: Gate
    idp: Provider
    browser: Browser
    mode: str

    def go(self, mutation: Mutation | None = None) -> Answer:
        """Sign in; return the answer of the callback."""
        started = self.browser.get("/deep?q=1")
        back = self.idp.authorize(started.get("location"), ALICE, mutation)
        return self.come_back(back)

    def come_back(self, back: Back) -> Answer:
        """Bring the provider's answer to the callback in the response mode of the party."""
        if self.mode == "query":
            return self.browser.get(f"{CALLBACK}?{urlencode(back.parameters)}", cross_site=True)
        form = ("Content-Type", "application/x-www-form-urlencoded")
        fields = (*NAVIGATION, form, ("Origin", self.idp.issuer), ("Sec-Fetch-Site", "cross-site"))
        body = urlencode(back.parameters).encode()
        return self.browser.ask("POST", CALLBACK, *fields, body=body, cross_site=True)

    def accepts(self, mutation: Mutation | None = None) -> None:
        """Demand a session, and that the application sees who it is."""
        answer = self.go(mutation)
        assert (answer.status, answer.get("location")) in {(302, "/deep?q=1"), (303, "/deep?q=1")}
        assert self.browser.get("/who").status == 200
        assert self.world.upstream.requests[-1].get("x-forwarded-email") == ALICE

    def refuses(self, mutation: Mutation) -> None:
        """Demand an error, no session, nothing at the application and no call to userinfo."""
        seen = len(self.world.upstream.requests)
        answer = self.go(mutation)
        assert 400 <= answer.status < 600
        assert not self.browser.jar.named("_oauth2_proxy")
        assert self.browser.get("/who").status == 302
        assert len(self.world.upstream.requests) == seen
        assert self.idp.count("userinfo") == 0


@pytest.fixture(params=MODES)
def party(request: pytest.FixtureRequest, world: World) -> Iterator[Party]:
    """Yield a relying party of the basic profile, and of the form_post profile."""
    mode = request.param
    extra = ("--auth-request-response-mode=form_post",) if mode == "form_post" else ()
    yield from _party(world, world.provider(), mode, *extra)


@pytest.fixture
def basic(world: World) -> Iterator[Party]:
    """Yield a relying party of the basic profile."""
    yield from _party(world, world.provider(), "query")


def _party(world: World, idp: Provider, mode: str, *flags: str) -> Iterator[Party]:
    world.clock.offset += PAST_KEYS  # whatever the test before did to the keys is over
    idp.forget()
    gate = world.gate(idp, *FLAGS, *flags)
    yield Party(world, gate, idp, gate.browser(), mode)
    gate.hang_up()
    idp.forget()
    world.clock.offset += PAST_KEYS


# Basic profile; each is also a module of the form_post profile


def test_oidcc_client_test(party: Party) -> None:
    party.accepts()
    assert party.idp.count("userinfo") == 1


def test_oidcc_client_test_invalid_iss(party: Party) -> None:
    party.refuses({"claims": {"iss": "https://other.example"}})


def test_oidcc_client_test_missing_sub(party: Party) -> None:
    party.refuses({"remove": ["sub"]})


def test_oidcc_client_test_invalid_aud(party: Party) -> None:
    party.refuses({"claims": {"aud": "another-client"}})


def test_oidcc_client_test_missing_aud(party: Party) -> None:
    party.refuses({"remove": ["aud"]})


def test_oidcc_client_test_missing_iat(party: Party) -> None:
    party.refuses({"remove": ["iat"]})


def test_oidcc_client_test_kid_absent_single_jwks(party: Party) -> None:
    party.accepts({"header_remove": ["kid"], "jwks": "single"})


def test_oidcc_client_test_kid_absent_multiple_jwks(party: Party) -> None:
    party.accepts({"header_remove": ["kid"], "jwks": "multi"})


def test_oidcc_client_test_idtoken_sig_rs256(party: Party) -> None:
    party.accepts({"header": {"alg": "RS256"}})


def test_oidcc_client_test_idtoken_sig_none(party: Party) -> None:
    party.refuses({"header": {"alg": "none"}, "header_remove": ["kid"]})


def test_oidcc_client_test_invalid_sig_rs256(party: Party) -> None:
    party.refuses({"sig_flip": 0})


def test_oidcc_client_test_invalid_sig_es256(party: Party) -> None:
    party.accepts({"alg": "ES256", "header": {"alg": "ES256"}})
    party.browser.jar.cookies.clear()
    party.idp.calls.clear()
    party.refuses({"header": {"alg": "ES256"}, "sig_flip": 0})


def test_oidcc_client_test_invalid_sig_hs256(party: Party) -> None:
    party.refuses({"header": {"alg": "HS256"}, "hmac_key": party.idp.client_secret})


def test_oidcc_client_test_userinfo_invalid_sub(party: Party) -> None:
    answer = party.go({"userinfo": {"sub": "somebody-else"}})
    assert answer.status == 403
    assert not party.browser.jar.named("_oauth2_proxy")


def test_oidcc_client_test_nonce_invalid(party: Party) -> None:
    party.refuses({"claims": {"nonce": "another"}})


def test_oidcc_client_test_scope_userinfo_claims(party: Party) -> None:
    party.accepts(NO_EMAIL)
    assert party.idp.count("userinfo") == 1


def test_oidcc_client_test_client_secret_basic(party: Party) -> None:
    party.accepts()
    (call,) = [call for call in party.idp.calls if call.endpoint == "token"]
    assert call.fields["authorization"].startswith("Basic ")
    assert "client_secret" not in call.form


def test_oidcc_client_test_userinfo_bearer_header(party: Party) -> None:
    party.accepts(NO_EMAIL)
    (call,) = [call for call in party.idp.calls if call.endpoint == "userinfo"]
    assert call.fields["authorization"] == f"Bearer {party.idp.secrets['access_token']}"
    assert call.target == "/userinfo"


@pytest.mark.parametrize(
    "wrong", [{"sig_flip": 0}, {"claims": {"iss": "x"}}, {"claims": {"aud": "x"}}]
)
def test_oidcc_client_test_userinfo_signed(party: Party, wrong: Mutation) -> None:
    party.accepts({**NO_EMAIL, "userinfo_signed": {}})
    party.browser.jar.cookies.clear()
    assert party.go({**NO_EMAIL, "userinfo_signed": wrong}).status == 403
    assert not party.browser.jar.named("_oauth2_proxy")


# form_post profile


def test_oidcc_client_test_form_post_error(world: World) -> None:
    for party in _party(
        world, world.provider(), *MODES[1:], f"--auth-request-response-mode={MODES[1]}"
    ):
        started = party.browser.get("/deep?q=1")
        state = dict(parse_qsl(urlsplit(started.get("location")).query))["state"]
        back = Back("", [("error", "access_denied"), ("state", state)])
        answer = party.come_back(back)
        assert answer.status == 403
        assert not party.browser.jar.named("_oauth2_proxy")
        assert party.idp.count("token") == 0


# Config profile


def test_oidcc_client_test_discovery_openid_config(basic: Party) -> None:
    started = basic.browser.get("/deep?q=1")
    assert started.get("location").startswith(f"{basic.idp.issuer}/authorize?")


def test_oidcc_client_test_discovery_jwks_uri_keys(basic: Party) -> None:
    basic.accepts()
    assert basic.idp.count("jwks") == 1, "the keys are fetched anew, for an hour is over"


def test_oidcc_client_test_discovery_issuer_mismatch(world: World) -> None:
    with Provider(metadata={"issuer": "https://other.example"}, clock=world.clock) as idp:
        gate = world.start_unready(idp, *FLAGS)
        browser = gate.browser(behind=False)
        assert "provider was not discovered" in gate.said_until("next_try")
        assert browser.get("/ready").status == 503
        answer = browser.get("/deep?q=1")
        assert (answer.status, answer.get("location")) == (503, "")
        gate.end()


def test_oidcc_client_test_signing_key_rotation(basic: Party) -> None:
    basic.accepts()
    basic.browser.jar.cookies.clear()
    basic.idp.rotate("rotated-1")
    basic.accepts()


def test_oidcc_client_test_signing_key_rotation_just_before_signing(basic: Party) -> None:
    basic.accepts()
    fetched = basic.idp.count("jwks")
    basic.browser.jar.cookies.clear()
    started = basic.browser.get("/deep?q=1")
    back = basic.idp.authorize(started.get("location"), ALICE)
    basic.idp.rotate("rotated-2")  # after the person signed in, before the code is redeemed
    assert basic.come_back(back).status == 302
    assert basic.idp.count("jwks") == fetched + 1


# Refresh tokens


def test_oidcc_client_test_refresh_token(basic: Party) -> None:
    basic.accepts({"refresh": {"claims": {"email": "moved@example.com"}}})
    basic.world.clock.offset += 3605
    assert basic.browser.get("/later").status == 200
    assert basic.world.upstream.requests[-1].get("x-forwarded-email") == "moved@example.com"
    asked = [call.form["grant_type"] for call in basic.idp.calls if call.endpoint == "token"]
    assert asked == ["authorization_code", "refresh_token"]


@pytest.mark.parametrize("claim", ["iss", "sub"])
def test_oidcc_client_test_refresh_token_invalid(basic: Party, claim: str) -> None:
    basic.accepts({"refresh": {"claims": {claim: "https://other.example"}}})
    seen = len(basic.world.upstream.requests)
    basic.world.clock.offset += 3605
    assert basic.browser.get("/later").status == 302
    assert not basic.browser.jar.named("_oauth2_proxy")
    assert len(basic.world.upstream.requests) == seen


# RP-initiated logout


def test_oidcc_client_test_rp_init_logout(basic: Party) -> None:
    basic.accepts()
    answer = basic.browser.get("/oauth2/sign_out")
    parts = urlsplit(answer.get("location"))
    query = dict(parse_qsl(parts.query))
    assert parts.path == "/end_session"
    assert query["id_token_hint"] == basic.idp.secrets["id_token"]
    assert query["client_id"] == basic.idp.client_id
    assert basic.browser.get("/who").status == 302


@pytest.mark.parametrize("query", ["", "?state=another"])
def test_oidcc_client_test_rp_init_logout_state(basic: Party, query: str) -> None:
    basic.accepts()
    basic.browser.get("/oauth2/sign_out")
    answer = basic.browser.get(f"/{query}")
    assert answer.status == 302, "nobody is signed in, and nothing broke"


def test_a_provider_that_is_broken_at_discovery_leaves_the_gate_unready(world: World) -> None:
    with Provider(clock=world.clock) as idp:
        idp.answers["jwks"] = Canned(200, b"{}")
        gate = world.start_unready(idp, *FLAGS)
        assert "key set" in gate.said_until("next_try")
        assert gate.browser(behind=False).get("/ready").status == 503
        gate.end()


# Back-channel logout


@pytest.fixture
def told(world: World) -> Iterator[Party]:
    """Yield a relying party that hears of sign-outs at the provider."""
    yield from _party(world, world.provider(), "query", "--backchannel-logout")


def _hears(party: Party, change: dict[str, Any]) -> int:
    """Let the provider say that the person signed out; return the status that it gets."""
    (token,) = tokens_of(party.idp, change)
    answer = post(party.gate.browser(), token)
    assert "no-store" in answer.get("cache-control")
    return answer.status


def test_oidcc_client_test_rp_backchannel_rpinitlogout(told: Party) -> None:
    told.accepts()
    cookies = told.browser.jar.line(told.browser.host, "/", https=True)
    assert _hears(told, {}) == 200
    assert told.browser.ask("GET", "/who", *NAVIGATION, cookies=cookies).status == 302


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"remove": ["events"]},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"nonce": "n-1"},
        {"aud": "another-client"},
        {"iss": "https://other.example"},
    ],
    ids=[
        "alg-none",
        "wrong-alg",
        "no-event",
        "wrong-event",
        "with-nonce",
        "wrong-aud",
        "wrong-iss",
    ],
)
def test_oidcc_client_test_rp_backchannel_refused(told: Party, change: dict[str, Any]) -> None:
    told.accepts()
    assert _hears(told, change) == 400
    assert told.browser.get("/who").status == 200


def test_a_logout_token_is_verified_with_keys_that_came_a_moment_before(told: Party) -> None:
    told.accepts()
    told.idp.rotate("rotated-3")
    assert _hears(told, {}) == 200
    assert told.browser.get("/who").status == 302
