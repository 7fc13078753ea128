"""The way to Redis ends every command in time, and gives a server that is gone a rest."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from redis import exceptions as redis_errors

from sidegate.core.errors import StoreUnavailable
from sidegate.net.redis_client import Client
from sidegate.net.redis_link import RedisLink


class Server:
    """Answers a write as told."""

    def __init__(self) -> None:
        self.fault: BaseException | None = None
        self.writes = 0
        self.pubsub: Callable[[], object] = object

    async def initialize(self) -> None:
        pass

    async def set(self, key: str, value: str, ex: int) -> bool:
        self.writes += 1
        assert (key, value, ex) == ("probe", "", 60)
        if self.fault is not None:
            raise self.fault
        return True


class Bench:
    """A link to a server, and what was reported."""

    def __init__(self) -> None:
        self.server = Server()
        self.reports: list[tuple[str, str]] = []
        self.link = RedisLink(
            cast("Client", self.server), "probe", lambda *event: self.reports.append(event)
        )

    async def fails(self, error: BaseException) -> str:
        async def work(_: Client) -> None:
            raise error

        with pytest.raises(StoreUnavailable) as caught:
            await self.link.run(work)
        return str(caught.value)


def run(script: Callable[[Bench], Awaitable[None]]) -> None:
    async def inside() -> None:
        await script(Bench())

    asyncio.run(inside())


def test_it_is_ready_when_it_was_seen_to_take_a_write() -> None:
    async def script(bench: Bench) -> None:
        assert bench.link.unready_reason() == "not asked yet"
        await bench.link.probe()
        assert bench.link.unready_reason() == ""
        assert bench.reports == []

    run(script)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(111, "secret"), "no connection"),
        (redis_errors.ConnectionError("secret"), "no connection"),
        (redis_errors.RedisClusterException("secret"), "no connection"),
        (redis_errors.TimeoutError("secret"), "no answer in time"),
        (redis_errors.AuthenticationError("secret"), "the user or password is not accepted"),
        (redis_errors.BusyLoadingError("secret"), "the server is loading its data"),
        (redis_errors.ReadOnlyError("secret"), "refused with ReadOnlyError"),
        (redis_errors.OutOfMemoryError("secret"), "refused with OutOfMemoryError"),
        (redis_errors.NoPermissionError("secret"), "refused with NoPermissionError"),
        (ValueError("secret"), "an answer that cannot be read"),
        (RecursionError("secret"), "an answer that cannot be read"),
    ],
)
def test_every_fault_is_told_in_words_without_secrets(error: BaseException, reason: str) -> None:
    async def script(bench: Bench) -> None:
        assert await bench.fails(error) == f"Redis: {reason}"

    run(script)


def test_a_command_that_does_not_end_is_given_up() -> None:
    async def script(bench: Bench) -> None:
        ended = asyncio.Event()

        async def never(_: Client) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        with pytest.raises(StoreUnavailable, match="no answer in time"):
            await bench.link.run(never, limit=0.001)
        assert ended.is_set()

    run(script)


def test_after_three_failures_nobody_waits_until_a_probe_succeeds() -> None:
    async def script(bench: Bench) -> None:
        await bench.link.probe()
        for _ in range(3):
            await bench.fails(ConnectionRefusedError())
        assert bench.link.unready_reason() == "no connection"
        asked = 0

        async def work(_: Client) -> str:
            nonlocal asked
            asked += 1
            return "answer"

        with pytest.raises(StoreUnavailable, match="left alone"):
            await bench.link.run(work)
        assert asked == 0
        await bench.link.probe()
        assert await bench.link.run(work) == "answer"
        assert bench.reports == [("lost", "no connection"), ("found", "")]

    run(script)


def test_a_server_that_refuses_writes_is_unready_and_still_read() -> None:
    async def script(bench: Bench) -> None:
        bench.server.fault = redis_errors.OutOfMemoryError("maxmemory")
        for _ in range(5):
            await bench.link.probe()
        assert "OutOfMemoryError" in bench.link.unready_reason()

        async def read(_: Client) -> str:
            return "kept"

        assert await bench.link.run(read) == "kept"
        bench.server.fault = None
        await bench.link.probe()
        assert bench.link.unready_reason() == ""
        assert [event for event, _ in bench.reports] == ["lost", "found"]

    run(script)


def test_every_command_is_timed_and_those_without_an_answer_are_counted() -> None:
    async def script(bench: Bench) -> None:
        await bench.link.probe()
        await bench.fails(redis_errors.OutOfMemoryError("maxmemory"))
        for _ in range(3):
            await bench.fails(ConnectionRefusedError())
        assert (sum(bench.link.durations.counts), bench.link.failures) == (5, 4)
        assert bench.link.is_left_alone

    run(script)


class Subscription:
    """Hears nonsense first, then what is published, and is cancelled."""

    def __init__(self) -> None:
        self.said: list[object] = [
            ValueError("no number"),
            {"type": "subscribe", "data": 1},
            {"type": "message", "data": b"name"},
            asyncio.CancelledError(),
        ]

    async def subscribe(self, channel: str) -> None:
        assert channel == "ended"

    async def get_message(self, **how: float) -> object:
        assert how["timeout"]
        found = self.said.pop(0)
        if isinstance(found, BaseException):
            raise found
        return found

    async def aclose(self) -> None:
        pass


def test_nonsense_ends_neither_the_watch_nor_the_hearing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sidegate.net.redis_link.PERIOD_BROKEN", 0)

    async def script(bench: Bench) -> None:
        bench.server.fault = ValueError("no number")
        await bench.link.probe()
        assert bench.link.unready_reason() == "Redis: an answer that cannot be read"
        subscription, heard = Subscription(), list[str]()
        bench.server.pubsub = lambda: subscription
        with pytest.raises(asyncio.CancelledError):
            await bench.link.hear("ended", heard.append)
        assert heard == ["", "name"]

    run(script)
