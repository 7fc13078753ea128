"""R-12: a clock that jumps signs nobody out, and prolongs nothing beyond the jump."""

from urllib.parse import urlencode

import pytest

from tests.conformance.attacks import CALLBACK
from tests.conformance.browser import Browser
from tests.conformance.gates import Gate
from tests.conformance.provider import Provider
from tests.conformance.world import World

HOUR, WEEK = 3600.0, 7 * 86400.0
FLAGS = ("--email-domain=*", "--reverse-proxy", "--skip-provider-button")


def signed_in(gate: Gate, idp: Provider) -> Browser:
    browser = gate.browser()
    back = idp.authorize(browser.get("/oauth2/start").get("location"), "alice@example.com")
    assert browser.get(f"{CALLBACK}?{urlencode(back.parameters)}").status == 302
    return browser


@pytest.mark.parametrize("jump", [-HOUR, -30.0, 30.0, HOUR])
def test_a_jump_of_the_clock_signs_nobody_out(world: World, jump: float) -> None:
    idp = world.provider()
    gate = world.gate(idp, *FLAGS)
    browser = signed_in(gate, idp)
    assert browser.get("/").status == 200
    try:
        world.clock.offset += jump
        assert browser.get("/").status == 200
        fresh = signed_in(gate, idp)
        world.clock.offset -= jump
        assert browser.get("/").status == 200
        assert fresh.get("/").status == 200, "whoever signed in meanwhile stays too"
    finally:
        gate.hang_up()


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_a_session_ends_at_its_own_end_give_or_take_the_jump(world: World, jump: float) -> None:
    idp = world.provider()
    gate = world.gate(idp, *FLAGS, "--cookie-refresh=0")
    browser = signed_in(gate, idp)
    try:
        world.clock.offset += WEEK + jump - 60
        before = browser.get("/").status
        world.clock.offset += 60 - jump
        assert (before, browser.get("/").status) == (200 if jump < 0 else 302, 302)
    finally:
        gate.hang_up()


@pytest.mark.parametrize("skew", [-29.0, 29.0])
def test_the_clocks_of_gate_and_provider_may_differ_by_half_a_minute(
    world: World, skew: float
) -> None:
    idp = world.provider()
    gate = world.gate(idp, *FLAGS)
    try:
        issued, idp.clock = idp.clock, lambda: issued() + skew  # type: ignore[assignment] - a clock
        assert signed_in(gate, idp).get("/").status == 200
    finally:
        idp.clock = issued
        gate.hang_up()
