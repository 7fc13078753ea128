"""Two hundred requests of one session that has to be renewed, at one process."""

import time

from tests.faults.crowd import DUE, all_at_once, wait_until_due
from tests.faults.fault import Fault, Outcome
from tests.faults.stage import Stage

ROUNDS, CROWD = 5, 200


def play(stage: Stage) -> Outcome:
    """Let the crowd come each time the session is due, and count what the provider hears."""
    provider = stage.provider()
    gate = stage.gate_of(provider, f"--cookie-refresh={DUE:g}s")
    person = stage.sign_in(gate.port, provider)
    provider.delays["token"] = 0.2
    calls, answers = [], {}
    renewed_at = time.monotonic()
    for _ in range(ROUNDS):
        wait_until_due(stage, renewed_at)
        before = provider.count("token")
        for kind, count in all_at_once(person, [gate.port] * CROWD).items():
            answers[kind] = answers.get(kind, 0) + count
        renewed_at = time.monotonic()
        calls.append(provider.count("token") - before)
    told = ", ".join(f"{count} x {kind}" for kind, count in answers.items())
    holds = calls == [1] * ROUNDS and answers == {"200": ROUNDS * CROWD}
    return Outcome(f"{ROUNDS} rounds of {CROWD}: {calls} calls; {told}", holds)


FAULT = Fault(
    "R-07",
    "200 parallel requests of a session that is due, one process, a provider that rotates",
    "exactly one call to the provider a round, 200 for all",
    play,
)
