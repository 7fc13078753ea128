"""Redis refuses, is cut off, stays silent, is slow, takes no writes, is full, or was emptied."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.conformance.browser import Browser
from tests.conformance.provider import Provider
from tests.faults.fault import Fault, Outcome
from tests.faults.stage import Gate, Stage
from tests.integration.fault_proxy import OK, REFUSE, RESET, SAY, SILENT, SLOW, FaultProxy
from tests.integration.redis_servers import RedisServer

LIMIT = 0.5
TIMES = 12
LOADING = b"-LOADING Redis is loading the dataset in memory\r\n"
NOAUTH = b"-NOAUTH Authentication required.\r\n"


@dataclass(frozen=True)
class Way:
    """One way to break it. `unseen`, `sign_out`: the statuses that are right then."""

    name: str
    breaks: Callable[[], object]
    mends: Callable[[], object]
    unseen: int = 503
    sign_out: int = 503


@dataclass
class Scene:
    """Somebody just seen and somebody unseen before a gate, and what they got."""

    gate: Gate
    unseen: Browser
    seen: Browser
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def play(self, stage: Stage, way: Way) -> float:
        """Break it, ask, mend it; return the seconds until it works again."""
        self._ask(way, self.seen, 200)
        way.breaks()
        for _ in range(TIMES):
            self._ask(way, self.seen, 200)
            self._ask(way, self.unseen, way.unseen)
        self._ask(way, self.seen, way.sign_out, "/oauth2/sign_out")
        stage.until(lambda: not self.gate.is_ready(), 15, f"{way.name}: to be unready")
        way.mends()
        began = time.monotonic()
        stage.until(lambda: self.unseen.get("/x").status == 200, 15, f"{way.name}: to be back")
        back = time.monotonic() - began
        stage.until(self.gate.is_ready, 15, f"{way.name}: to be ready")
        return back

    def _ask(self, way: Way, browser: Browser, wanted: int, path: str = "/x") -> None:
        began = time.monotonic()
        status = browser.get(path).status
        self.slowest = max(self.slowest, time.monotonic() - began)
        if status != wanted:
            self.wrong.append(f"{way.name}: {path} {status} instead of {wanted}")


def play(stage: Stage) -> Outcome:
    """Break it in each way before somebody just seen and somebody who was not; mend it."""
    redis = RedisServer()
    proxy = FaultProxy(redis.port)
    slowest, back, wrong = 0.0, 0.0, []
    try:
        provider = stage.provider()
        url = f"--redis-connection-url=redis://127.0.0.1:{proxy.port}"
        gate = stage.gate_of(provider, "--session-store-type=redis", url)
        ways = _ways(proxy, redis)
        for way in ways:
            people = [stage.sign_in(gate.port, provider) for _ in range(2)]
            scene = Scene(gate, *people)
            back = max(back, scene.play(stage, way))
            slowest, wrong = max(slowest, scene.slowest), wrong + scene.wrong
        wrong += _emptied(stage, gate, redis, provider)
    finally:
        proxy.end()
        redis.end()
    return Outcome(
        f"{len(ways)} ways, {TIMES} requests each of somebody just seen (200) and somebody unseen "
        f"(503; 200 where only writes fail); sign-out 503 (302 where full: ending needs no room); "
        f"slowest answer {1000 * slowest:.0f} ms; back after {back:.1f} s at most; emptied: "
        "sign-in again" + (f"; WRONG: {', '.join(wrong)}" if wrong else ""),
        not wrong and slowest <= LIMIT,
    )


def _ways(proxy: FaultProxy, redis: RedisServer) -> list[Way]:
    mend = partial(proxy.set, OK)
    modes = {"refused": REFUSE, "reset": RESET, "silent": SILENT, "5 s latency": SLOW}
    ways = [Way(name, partial(proxy.set, mode), mend) for name, mode in modes.items()]
    for name, words in {"loading": LOADING, "no password": NOAUTH}.items():
        ways.append(Way(name, partial(proxy.set, SAY, words), mend))
    follow = partial(redis.ask, "REPLICAOF")
    ways.append(
        Way("read-only", partial(follow, "127.0.0.1", "1"), partial(follow, "NO", "ONE"), 200)
    )
    room = partial(redis.ask, "CONFIG", "SET", "maxmemory")
    ways.append(Way("full", partial(room, "1"), partial(room, "0"), 200, 302))
    return ways


def _emptied(stage: Stage, gate: Gate, redis: RedisServer, provider: Provider) -> list[str]:
    person = stage.sign_in(gate.port, provider)
    redis.ask("FLUSHALL")
    asked = person.get("/x").status
    signed_in_again = stage.sign_in(gate.port, provider).get("/x").status
    return [] if (asked, signed_in_again) == (403, 200) else [f"emptied: {asked}"]


FAULT = Fault(
    "R-14",
    "Redis refuses, resets, is silent, slow, loading, locked, read-only, full, emptied",
    "503 within 500 ms, never a sign-in; sessions just seen go on; no sign-out is claimed",
    play,
)
