"""The client hangs up while its session is renewed."""

import random
import socket
import time

from tests.conformance.browser import Browser
from tests.faults.crowd import DUE, wait_until_due
from tests.faults.fault import Fault, Outcome
from tests.faults.stage import Stage
from tests.integration.processes import LOOPBACK

ROUNDS, ANSWER = 20, 0.05


def play(stage: Stage) -> Outcome:
    """Hang up somewhere between the request and its answer, and come again with the same cookie."""
    provider = stage.provider()
    gate = stage.gate_of(provider, f"--cookie-refresh={DUE:g}s")
    person = stage.sign_in(gate.port, provider)
    provider.delays["token"] = ANSWER
    chance = random.Random(7)  # noqa: S311 - no secret, and the same each time
    answers: dict[int, int] = {}
    renewed_at = time.monotonic()
    for _ in range(ROUNDS):
        wait_until_due(stage, renewed_at)
        _hang_up(gate.port, person, chance.uniform(0, 1.5 * ANSWER))
        status = person.get("/x").status
        renewed_at = time.monotonic()
        answers[status] = answers.get(status, 0) + 1
    calls = provider.count("token") - 1
    told = ", ".join(f"{count} x {status}" for status, count in answers.items())
    return Outcome(
        f"{ROUNDS} times: the next request got {told}; {calls} calls",
        answers == {200: ROUNDS} and calls == ROUNDS,
    )


def _hang_up(port: int, person: Browser, after: float) -> None:
    cookies = person.jar.line(person.host, "/", https=True)
    head = f"GET /x HTTP/1.1\r\nHost: {person.host}\r\nX-Forwarded-Proto: https\r\n"
    with socket.create_connection((LOOPBACK, port), 10) as connection:
        connection.sendall(f"{head}Cookie: {cookies}\r\n\r\n".encode())
        time.sleep(after)


FAULT = Fault(
    "R-10",
    "the client hangs up while its session is renewed, at any moment",
    "the renewal ends and is kept: the next request is answered, one call a round",
    play,
)
