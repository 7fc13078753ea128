"""The identity provider is not there when the gate starts, and comes after 20 seconds."""

import time

from tests.conformance.browser import Browser
from tests.conformance.provider import Provider
from tests.conformance.provider.server import ODD_SECRET
from tests.faults.fault import Fault, Outcome
from tests.faults.stage import Stage
from tests.integration.processes import LOOPBACK, free_port

AWAY = 20.0
LONGEST = 65.0


def play(stage: Stage) -> Outcome:
    """Start, look how it lives alone, let the provider come, and sign in as soon as one can."""
    port = free_port()
    with Provider(port=port) as provider:
        someone = stage.sign_in(stage.gate_of(provider).port, provider)
    gate = stage.gate(f"http://{LOOPBACK}:{port}", client=("app-client", ODD_SECRET))
    began = time.monotonic()
    alone = gate.status("/ping"), gate.status("/ready")
    someone.close()
    someone.port = gate.port
    signed_in_before = someone.get("/x").status
    page = Browser(gate.port).get("/oauth2/start?rd=/")
    # An end that is known, no guess: the provider comes when it comes.
    stage.until(lambda: time.monotonic() - began >= AWAY, AWAY + 1, "the time to pass")
    provider = stage.provider(port=port)
    gate.process.wait_until(gate.is_ready, LONGEST, "the gate to be ready")
    ready = time.monotonic() - began
    signed_in = stage.sign_in(gate.port, provider).get("/x").status
    holds = (*alone, page.status, signed_in_before, signed_in) == (200, 503, 503, 200, 200)
    return Outcome(
        f"alone: ping {alone[0]}, ready {alone[1]}, sessions of before {signed_in_before}, sign-in "
        f"{page.status} with Retry-After {page.get('retry-after') or 'missing'}; signed in "
        f"{ready:.0f} s after the start",
        holds and ready <= LONGEST and bool(page.get("retry-after")),
    )


FAULT = Fault(
    "R-04",
    "provider down at start, back after 20 s",
    "alive, not ready, sessions go on, a page with Retry-After; first sign-in within 65 s",
    play,
)
