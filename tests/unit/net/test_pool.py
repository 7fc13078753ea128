"""Kept connections: what goes back, and what does not."""

import asyncio
import errno
import ssl

import pytest

from sidegate.core.errors import UpstreamUnreachable
from sidegate.core.messages import Origin
from sidegate.net.pool import MAX_IDLE, Pool, UpstreamConnection
from sidegate.net.sweeper import Sweeper
from tests.kit.wire import ORIGIN, FakeTransport


class Bench:
    """A pool whose connections are fakes."""

    def __init__(self, *, keep_alive: bool = True, failure: Exception | None = None) -> None:
        self.now = 0.0
        self.failure = failure
        self.pool = Pool(
            self.connect, Sweeper(lambda: self.now, print), lambda: self.now, keep_alive=keep_alive
        )

    async def connect(self, origin: Origin, pool: Pool) -> UpstreamConnection:
        if self.failure is not None:
            raise self.failure
        connection = UpstreamConnection(origin, pool)
        transport = FakeTransport()
        transport.protocol = connection
        connection.connection_made(transport)
        return connection


def test_the_most_recently_used_connection_comes_first() -> None:
    async def scene() -> None:
        bench = Bench()
        first, second = await bench.pool.open(ORIGIN), await bench.pool.open(ORIGIN)
        bench.pool.give_back(first)
        bench.pool.give_back(second)
        assert bench.pool.take(ORIGIN, repeatable=True) is second
        assert bench.pool.take(ORIGIN, repeatable=True) is first
        assert bench.pool.take(ORIGIN, repeatable=True) is None

    asyncio.run(scene())


def test_connections_to_one_origin_do_not_serve_another() -> None:
    async def scene() -> None:
        bench = Bench()
        bench.pool.give_back(await bench.pool.open(ORIGIN))
        assert bench.pool.take(Origin("http", "127.0.0.1", 8081), repeatable=True) is None

    asyncio.run(scene())


def test_there_is_a_bound_to_what_is_kept() -> None:
    async def scene() -> None:
        bench = Bench()
        connections = [await bench.pool.open(ORIGIN) for _ in range(MAX_IDLE + 1)]
        for connection in connections:
            bench.pool.give_back(connection)
        assert [connection.is_open for connection in connections].count(False) == 1

    asyncio.run(scene())


def test_without_keep_alive_nothing_is_kept() -> None:
    async def scene() -> None:
        bench = Bench(keep_alive=False)
        bench.pool.give_back(await bench.pool.open(ORIGIN))
        assert bench.pool.take(ORIGIN, repeatable=True) is None

    asyncio.run(scene())


@pytest.mark.parametrize("failure", [ConnectionRefusedError(), ssl.SSLError(), TimeoutError()])
def test_what_goes_wrong_while_connecting_is_translated(failure: Exception) -> None:
    with pytest.raises(UpstreamUnreachable):
        asyncio.run(Bench(failure=failure).pool.open(ORIGIN))


def test_a_connection_shows_where_it_goes_and_whether_it_is_used() -> None:
    async def scene() -> None:
        connection = await Bench().pool.open(ORIGIN)
        assert repr(connection) == "<UpstreamConnection 127.0.0.1:8080 idle>"

    asyncio.run(scene())


@pytest.mark.parametrize(("leaves", "works"), [(True, True), (False, False)])
def test_without_a_descriptor_those_who_wait_make_way_once(*, leaves: bool, works: bool) -> None:
    async def scene() -> None:
        bench = Bench(failure=OSError(errno.EMFILE, "Too many open files"))

        def make_room() -> bool:
            bench.failure = None if leaves else bench.failure
            return leaves

        bench.pool.make_room = make_room
        if works:
            assert (await bench.pool.open(ORIGIN)).is_open
        else:
            with pytest.raises(UpstreamUnreachable, match="Too many open files"):
                await bench.pool.open(ORIGIN)

    asyncio.run(scene())


def test_another_failure_sends_nobody_away() -> None:
    async def scene() -> None:
        bench = Bench(failure=ConnectionRefusedError(errno.ECONNREFUSED, "refused"))
        bench.pool.make_room = lambda: pytest.fail("nobody has to leave")
        with pytest.raises(UpstreamUnreachable):
            await bench.pool.open(ORIGIN)

    asyncio.run(scene())


def test_what_was_done_with_connections_is_counted() -> None:
    async def scene() -> None:
        bench = Bench()
        one, two = await bench.pool.open(ORIGIN), await bench.pool.open(ORIGIN)
        bench.pool.give_back(one)
        assert (bench.pool.here, bench.pool.idle) == (2, 1)
        assert bench.pool.take(ORIGIN, repeatable=True) is one
        two.connection_lost(None)
        bench.failure = ConnectionRefusedError()
        with pytest.raises(UpstreamUnreachable):
            await bench.pool.open(ORIGIN)
        counted = bench.pool
        assert (counted.here, counted.idle) == (1, 0)
        assert (counted.opened, counted.reused, counted.failed) == (3, 1, 1)

    asyncio.run(scene())
