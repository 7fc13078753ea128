"""Three processes share a session in Redis, under a provider that takes each token once."""

import signal
import time

from tests.conformance.browser import Browser
from tests.conformance.provider import Canned, Provider
from tests.faults.crowd import DUE, all_at_once, wait_until_due
from tests.faults.fault import Fault, Outcome
from tests.faults.stage import Gate, Stage
from tests.integration.redis_servers import RedisServer

ROUNDS, CROWD, SLOW = 15, 60, 8.0


def play(stage: Stage) -> Outcome:
    """Renew often, then slowly, then with a holder that is killed."""
    redis = RedisServer()
    try:
        return _play(stage, redis)
    finally:
        redis.end()


def _play(stage: Stage, redis: RedisServer) -> Outcome:
    provider = stage.provider()
    shared = ("--session-store-type=redis", f"--redis-connection-url={redis.url}")
    gates = [stage.gate_of(provider, f"--cookie-refresh={DUE:g}s", *shared) for _ in range(3)]
    person = stage.sign_in(gates[0].port, provider)
    calls, wrong = _often(stage, provider, gates, person)
    slow_calls, slow_wrong = _slowly(stage, provider, gates, person)
    took = _killed(stage, provider, gates, person)
    holds = calls == [1] * ROUNDS and slow_calls == 1 and not wrong + slow_wrong and took < 10
    return Outcome(
        f"{ROUNDS} rounds of {CROWD} over 3 processes: {sum(calls)} calls, {wrong} not 200; a "
        f"provider that takes {SLOW:g} s: {slow_calls} call, {slow_wrong} not 200; holder killed: "
        f"another one renewed after {took:.1f} s",
        holds,
    )


def _often(
    stage: Stage, provider: Provider, gates: list[Gate], person: Browser
) -> tuple[list[int], int]:
    calls, wrong, renewed_at = [], 0, time.monotonic()
    provider.delays["token"] = 0.1
    for _ in range(ROUNDS):
        wait_until_due(stage, renewed_at)
        before = provider.count("token")
        answers = all_at_once(person, [gate.port for gate in gates] * (CROWD // 3))
        renewed_at = time.monotonic()
        calls.append(provider.count("token") - before)
        wrong += answers.total() - answers["200"]
    return calls, wrong


def _slowly(
    stage: Stage, provider: Provider, gates: list[Gate], person: Browser
) -> tuple[int, int]:
    provider.delays["token"] = SLOW
    wait_until_due(stage, time.monotonic())
    before, began = provider.count("token"), time.monotonic()
    answers = all_at_once(person, [gate.port for gate in gates])
    stage.until(lambda: time.monotonic() - began > SLOW + 1, SLOW + 3, "the slow answer")
    calls = provider.count("token") - before
    provider.delays.clear()
    again = all_at_once(person, [gate.port for gate in gates])
    return calls, answers.total() - answers["200"] + again.total() - again["200"]


def _killed(stage: Stage, provider: Provider, gates: list[Gate], person: Browser) -> float:
    """Kill the process that asks, before the provider looks; return when another one renewed."""
    provider.answers["token"] = Canned(how="silent")
    wait_until_due(stage, time.monotonic())
    before = provider.count("token")
    assert all_at_once(person, [gates[0].port])["200"]  # its patience ends, the call goes on
    stage.until(lambda: provider.count("token") > before, 10, "the holder to ask")
    gates[0].process.child.send_signal(signal.SIGKILL)
    gates[0].process.child.wait()
    provider.answers.clear()
    killed_at, asked = time.monotonic(), provider.count("token")

    def renewed() -> bool:
        assert all_at_once(person, [gates[1].port])["200"]
        return provider.count("token") > asked

    stage.until(renewed, 20, "another process to renew")
    return time.monotonic() - killed_at


FAULT = Fault(
    "R-08",
    "the same over three processes with Redis; a provider that takes 8 s; the holder killed",
    "one call a round, nobody signed out; another one takes over within 10 s",
    play,
)
