"""A provider replaces its signing key in a flood of made-up key ids, and then goes away."""

import time

from tests.conformance.browser import Browser
from tests.conformance.provider import Canned, Provider
from tests.faults.fault import Fault, Outcome
from tests.faults.load import asking
from tests.faults.stage import PERSON, Gate, Stage

COOL_DOWN = 10.0
CALM, FLOOD = 12.0, 25.0  # seconds


def play(stage: Stage) -> Outcome:
    """Flood, swap the key just before signing with it, and take the key set away."""
    provider = stage.provider()
    gate = stage.gate_of(provider, "--skip-jwt-bearer-tokens")
    first, began = provider.id_token(PERSON), time.monotonic()
    assert _ask(Browser(gate.port), first) == 200
    by_old = provider.id_token("bob@example.com")  # one that the gate has never seen
    fetched = provider.count("jwks")
    flood = [Browser(gate.port) for _ in range(8)]
    with asking(flood, 1000, keeps=1000, ask=lambda b: _ask(b, _made_up(provider))) as refused:
        _until_passed(stage, began + CALM)
        provider.rotate("rsa-2")
        swapped, new = time.monotonic(), provider.id_token(PERSON)
        stage.until(lambda: _ask(Browser(gate.port), new) == 200, 30, "the new key to serve")
        taken = time.monotonic() - swapped
        _until_passed(stage, began + FLOOD)
    asked, took = provider.count("jwks") - fetched, time.monotonic() - began
    most = took / COOL_DOWN + 1
    removed = _ask(Browser(gate.port), by_old)
    away = _without_endpoint(stage, gate, provider, new)
    let_in = refused.answers["200"]
    return Outcome(
        f"{refused.count / took:.0f} made-up tokens a second for {took:.0f} s: key set asked for "
        f"{asked} times (at most {most:.0f}), {let_in} let in; a new key served after "
        f"{taken:.1f} s in the flood; a token by the removed one: {removed}; with the endpoint "
        f"down: {away}",
        asked <= most and not let_in and taken <= COOL_DOWN + 1 and away == 200 and removed != 200,
    )


def _without_endpoint(stage: Stage, gate: Gate, provider: Provider, token: str) -> int:
    provider.answers["jwks"] = Canned(503)
    _ask(Browser(gate.port), _made_up(provider))
    _until_passed(stage, time.monotonic() + 1)
    return _ask(Browser(gate.port), token)


def _made_up(provider: Provider) -> str:
    return provider.id_token(PERSON, {"header": {"kid": f"made-up-{time.monotonic_ns()}"}})


def _ask(browser: Browser, token: str) -> int:
    return browser.get("/x", ("Authorization", f"Bearer {token}")).status


def _until_passed(stage: Stage, moment: float) -> None:
    seconds = max(0.0, moment - time.monotonic()) + 1
    stage.until(lambda: time.monotonic() >= moment, seconds, "the time to pass")


FAULT = Fault(
    "R-11",
    "signing key swapped just before use, under a flood of made-up key ids; key set down",
    "one fetch per cool-down (10 s); a new key serves within one; old keys serve while it is down",
    play,
)
