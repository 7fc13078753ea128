"""A provider that is huge, slow, elsewhere or no provider at all, at each of its endpoints."""

import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.conformance.attacks import CALLBACK
from tests.conformance.browser import Answer, Browser
from tests.conformance.gates import Gate
from tests.conformance.provider import Canned, Mutation, Provider
from tests.conformance.world import World

FLAGS = ("--email-domain=example.com", "--reverse-proxy", "--skip-provider-button")
PAST_KEYS = 3700.0
MEMORY = 32 << 20
BROKEN = {
    "endless": Canned(how="endless"),
    "half": Canned(how="half"),
    "cut": Canned(how="cut"),
    "not HTTP": Canned(body=b"\x16\x03\x01\x02\x00\x01 hello\r\n\r\n", how="raw"),
    "two lengths": Canned(
        body=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", how="raw"
    ),
    "head bomb": Canned(fields=(("X-Bomb", "x" * 70_000),)),
    "many fields": Canned(fields=tuple((f"X-{number}", "1") for number in range(500))),
    "HTML": Canned(200, b"<html></html>", (("Content-Type", "text/html"),)),
    "empty": Canned(200, b""),
    "a list": Canned(200, b"[]"),
    "a deep one": Canned(200, b'{"a":' * 100_000),
    "not UTF-8": Canned(200, b'{"a":"\xff"}'),
    "NaN": Canned(200, b'{"expires_in":NaN}'),
    "compressed": Canned(200, b"\x1f\x8b", (("Content-Encoding", "gzip"),)),
    "404": Canned(404),
    "503": Canned(503),
}


@pytest.fixture
def idp(world: World) -> Iterator[Provider]:
    """Yield a provider that breaks in the middle of a sign-in."""
    provider = world.provider(client_id="fragile")
    provider.forget()
    yield provider
    provider.forget()


@pytest.fixture
def gate(world: World, idp: Provider) -> Iterator[Gate]:
    """Yield a gate that knew the provider when it was whole, an hour and more ago."""
    found = world.gate(idp, *FLAGS)
    world.clock.offset += PAST_KEYS
    yield found
    found.hang_up()


def sign_in(browser: Browser, idp: Provider, mutation: Mutation | None = None) -> Answer:
    """Go through a sign-in and return the answer of the callback."""
    started = browser.get("/deep?q=1")
    back = idp.authorize(started.get("location"), "alice@example.com", mutation)
    return browser.get(f"{CALLBACK}?{urlencode(back.parameters)}")


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_token_endpoint_ends_the_sign_in_with_a_page(
    gate: Gate, idp: Provider, how: str
) -> None:
    before, browser = gate.memory(), gate.browser()
    idp.answers["token"] = BROKEN[how]
    answer = sign_in(browser, idp)
    assert answer.status in {502, 503}
    assert "<html" in answer.text
    assert not browser.jar.named("_oauth2_proxy")
    assert gate.memory("VmHWM") - before < MEMORY
    idp.answers.clear()
    assert sign_in(browser, idp).status == 302, "the next one is well again"


@pytest.mark.parametrize("how", BROKEN)
def test_broken_userinfo_ends_a_sign_in_that_needs_it_and_no_other(
    gate: Gate, idp: Provider, how: str
) -> None:
    idp.answers["userinfo"] = BROKEN[how]
    nobody: Mutation = {"remove": ["email", "email_verified"]}
    assert sign_in(gate.browser(), idp, nobody).status in {502, 503, 403}
    assert sign_in(gate.browser(), idp).status == 302


@pytest.mark.parametrize("how", BROKEN)
def test_old_keys_serve_while_the_key_set_is_broken(gate: Gate, idp: Provider, how: str) -> None:
    idp.answers["jwks"] = BROKEN[how]
    assert sign_in(gate.browser(), idp).status == 302
    assert idp.count("jwks") == (2 if how == "503" else 1)  # a 5xx may be gone at the second look


@pytest.mark.parametrize("how", ["endless", "HTML", "a list", "503", "not HTTP"])
def test_a_broken_discovery_document_leaves_the_gate_unready_and_alive(
    world: World, how: str
) -> None:
    with Provider(clock=world.clock) as idp:
        idp.answers["discovery"] = BROKEN[how]
        gate = world.start_unready(idp, *FLAGS)
        assert "next_try" in gate.said_until("next_try")
        browser = gate.browser(behind=False)
        assert browser.get("/ready").status == 503
        assert browser.get("/ping").status == 200
        assert browser.get("/x").status == 503
        gate.end()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("endpoint", ["token", "userinfo", "jwks", "discovery"])
def test_no_redirect_of_the_provider_is_followed(world: World, endpoint: str, status: int) -> None:
    with Provider(clock=world.clock) as idp, Provider() as elsewhere:
        gate = world.start_unready(idp, *FLAGS)
        gate.said_until("was discovered")
        idp.answers[endpoint] = Canned.redirect(f"{elsewhere.issuer}/{endpoint}", status)
        world.clock.offset += PAST_KEYS
        sign_in(gate.browser(), idp)
        assert elsewhere.calls == []
        gate.end()


def test_a_silent_token_endpoint_is_waited_for_only_so_long_and_by_nobody_else(
    gate: Gate, idp: Provider
) -> None:
    idp.answers["token"] = Canned(how="silent")
    browser = gate.browser()
    started = browser.get("/deep")
    back = idp.authorize(started.get("location"), "alice@example.com")
    began = time.monotonic()
    with gate.asking(browser, f"{CALLBACK}?{urlencode(back.parameters)}") as answer:
        for _ in range(50):
            assert gate.browser().get("/ping").status == 200
        assert answer().status == 503
    assert time.monotonic() - began < 25, "ten seconds, and what a busy machine adds"
