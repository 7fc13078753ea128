"""Three replicas that share nothing but the secret, and a browser that asks all of them at once."""

import time

from tests.faults.crowd import DUE, all_at_once, wait_until_due
from tests.faults.fault import Fault, Outcome
from tests.faults.stage import Stage

ROUNDS, CROWD = 10, 12


def play(stage: Stage) -> Outcome:
    """Once under a provider with a grace for reuse, once under one that has none."""
    kind, kind_out, calls = _rounds(stage, grace=10.0)
    strict, strict_out, _ = _rounds(stage, grace=0.0)
    return Outcome(
        f"{ROUNDS} pages of {CROWD} requests: with a grace {calls} calls at most a page, "
        f"{kind} not 200, signed out {kind_out} times; without one {strict} not 200, signed out "
        f"{strict_out} times",
        kind == kind_out == 0 and calls <= 3,
    )


def _rounds(stage: Stage, grace: float) -> tuple[int, int, int]:
    provider = stage.provider()
    provider.grace = grace
    gates = [stage.gate_of(provider, f"--cookie-refresh={DUE:g}s") for _ in range(3)]
    person = stage.sign_in(gates[0].port, provider)
    wrong = signed_out = most = 0
    renewed_at = time.monotonic()
    for _ in range(ROUNDS):
        wait_until_due(stage, renewed_at)
        before = provider.count("token")
        answers = all_at_once(person, [gate.port for gate in gates] * (CROWD // 3))
        renewed_at = time.monotonic()
        most = max(most, provider.count("token") - before)
        wrong += answers.total() - answers["200"]
        if all_at_once(person, [gates[0].port])["200"] == 0:
            signed_out += 1
            person = stage.sign_in(gates[0].port, provider)
    return wrong, signed_out, most


FAULT = Fault(
    "R-09",
    "the same over three replicas with sessions in cookies, which share nothing",
    "at most one call a replica; nobody signed out where the provider has a grace for reuse",
    play,
)
