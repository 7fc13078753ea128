"""Plain OAuth 2.0 over the wire: the scripted provider, of which no ID token is looked at."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.conformance.attacks import CALLBACK
from tests.conformance.browser import Answer, Browser
from tests.conformance.gates import Gate
from tests.conformance.provider import Canned, Mutation, Provider
from tests.conformance.world import World

HOUR = 3600.0
NO_REFRESH: Mutation = {"token_response_remove": ["refresh_token", "expires_in", "id_token"]}
MEMBERS = ("--allowed-group=staff",)


@pytest.fixture
def idp(world: World) -> Iterator[Provider]:
    """Yield a provider that nothing is wrong with."""
    provider = world.provider(client_id="plain")
    provider.forget()
    yield provider
    provider.forget()


@pytest.fixture
def gate(world: World, idp: Provider) -> Iterator[Gate]:
    """Yield a gate that knows the provider by its addresses."""
    found = world.gate(
        idp,
        "--provider=oauth2",
        f"--login-url={idp.issuer}/authorize",
        f"--redeem-url={idp.issuer}/token",
        f"--profile-url={idp.issuer}/userinfo",
        "--email-domain=*",
        "--reverse-proxy",
        "--skip-provider-button",
        *MEMBERS,
    )
    yield found
    found.hang_up()


def sign_in(gate: Gate, idp: Provider, mutation: Mutation | None = None) -> tuple[Browser, Answer]:
    browser = gate.browser()
    back = idp.authorize(browser.get("/deep").get("location"), "alice@example.com", mutation)
    return browser, browser.get(f"{CALLBACK}?{urlencode(back.parameters)}")


def test_the_profile_says_who_it_is(world: World, gate: Gate, idp: Provider) -> None:
    browser, answer = sign_in(gate, idp, NO_REFRESH)
    assert (answer.status, answer.get("location")) == (302, "/deep")
    assert browser.get("/deep").status == 200
    request = world.upstream.requests[-1]
    assert request.get("x-forwarded-email") == "alice@example.com"
    assert request.get("x-forwarded-groups") == "staff"
    assert (request.get("x-forwarded-user") or "").startswith("sub-")
    assert [call.endpoint for call in idp.calls] == ["token", "userinfo"]


def test_a_forged_id_token_changes_nothing(gate: Gate, idp: Provider) -> None:
    _, answer = sign_in(gate, idp, {"claims": {"sub": "mallory"}, "sig_flip": 3})
    assert answer.status == 302


@pytest.mark.parametrize(
    ("mutation", "code"),
    [
        ({"userinfo_status": 401}, "grant_rejected"),
        ({"userinfo_remove": ["sub"]}, "provider_misbehaved"),
        ({"userinfo": {"email_verified": False}}, "email_unverified"),
        ({"userinfo": {"groups": ["other"]}}, "not_authorized"),
        ({"userinfo_redirect": "https://evil.example/"}, "provider_misbehaved"),
        ({"iss_param": "https://evil.example"}, "issuer_mismatch"),
        ({"token_status": 500}, "provider_unavailable"),
    ],
)
def test_whom_the_provider_does_not_vouch_for_is_not_signed_in(
    gate: Gate, idp: Provider, mutation: Mutation, code: str
) -> None:
    browser, answer = sign_in(gate, idp, mutation)
    assert answer.status >= 400
    assert code in answer.text
    assert not browser.jar.named("_oauth2_proxy")


def test_without_a_refresh_token_the_profile_is_asked_each_hour(
    world: World, gate: Gate, idp: Provider
) -> None:
    mutation: Mutation = {**NO_REFRESH}
    browser, _ = sign_in(gate, idp, mutation)
    world.clock.offset += HOUR
    assert browser.get("/").status == 200
    assert (idp.count("userinfo"), idp.count("token")) == (2, 1)
    mutation["userinfo"] = {"groups": ["left"]}
    world.clock.offset += HOUR
    assert browser.get("/").status == 403


def test_a_token_that_was_revoked_ends_the_session(world: World, gate: Gate, idp: Provider) -> None:
    browser, _ = sign_in(gate, idp, NO_REFRESH)
    idp.answers["userinfo"] = Canned(401)
    world.clock.offset += HOUR
    assert browser.get("/").status == 302


def test_a_provider_that_is_down_ends_no_session(world: World, gate: Gate, idp: Provider) -> None:
    browser, _ = sign_in(gate, idp, NO_REFRESH)
    idp.answers["userinfo"] = Canned(how="cut")
    world.clock.offset += HOUR
    assert browser.get("/").status == 200


def test_a_refresh_token_is_redeemed_and_the_profile_asked(
    world: World, gate: Gate, idp: Provider
) -> None:
    mutation: Mutation = {"remove": []}
    browser, _ = sign_in(gate, idp, mutation)
    world.clock.offset += HOUR
    assert browser.get("/").status == 200
    assert (idp.count("token"), idp.count("userinfo")) == (2, 2)
    mutation["refresh"] = {"refresh_error": "invalid_grant"}
    world.clock.offset += HOUR
    assert browser.get("/").status == 302
