"""Every kind of Redis keeps what all stores promise, and the leases of those who renew."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sidegate.app.shared_server import SharedServer
from sidegate.config.load import load as load_settings
from sidegate.core.errors import StoreUnavailable
from sidegate.core.records import Record
from sidegate.stores.ticket import session_name
from tests.integration.redis_servers import (
    Authority,
    RedisCluster,
    RedisServer,
    SentinelGroup,
    documented_rights,
)
from tests.kit.gate import FLAGS, UPSTREAM
from tests.kit.store_suite import *  # noqa: F403 - the promises
from tests.kit.store_suite import load, new, signed_in
from tests.unit.stores.benches import SharedBench
from tests.unit.stores.kit import HOST

pytestmark = pytest.mark.needs("redis")
Result = TypeVar("Result")
ON = "--session-store-type=redis"
USER = documented_rights()


def server_of(*flags: str) -> SharedServer:
    """Return the way of a gate with these flags to its Redis; inside a loop."""
    given = [*FLAGS, UPSTREAM, ON, "--redis-key-prefix=gate", *flags]
    settings = load_settings(given, dict(os.environ), lambda path: Path(path).read_bytes())
    return SharedServer(settings.settings.redis)


class RedisBench(SharedBench):
    """Stores of several processes over one Redis, each run with connections of its own."""

    def __init__(self, *flags: str) -> None:
        super().__init__()
        self.flags = flags

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        async def script() -> Result:
            server = server_of(*self.flags)
            await server.link.probe()
            self.records = server.records
            try:
                return await work
            finally:
                await server.close()

        return asyncio.run(script())


@pytest.fixture(scope="module", params=["alone", "tls", "acl", "socket", "sentinel", "cluster"])
def flags(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, ...]]:
    """Yield the options of a gate for one kind of Redis, which runs."""
    folder = tmp_path_factory.mktemp("redis")
    with ExitStack() as stack:

        def server(*options: str, tls: Authority | None = None) -> RedisServer:
            made = RedisServer(*options, tls=tls)
            stack.callback(made.end)
            return made

        match request.param:
            case "sentinel":
                group = SentinelGroup()
                stack.callback(group.end)
                yield group.flags
            case "cluster":
                cluster = RedisCluster()
                stack.callback(cluster.end)
                yield cluster.flags
            case "tls":
                authority = Authority(folder)
                url = server(tls=authority).url.replace("redis:", "rediss:")
                yield f"--redis-connection-url={url}", f"--redis-ca-path={authority.file}"
            case "acl":
                one = server()
                one.ask("ACL", "SETUSER", *USER.split())
                one.ask("ACL", "SETUSER", "default", "off")
                yield (
                    f"--redis-connection-url={one.url}",
                    "--redis-username=gate",
                    "--redis-password=of-gate",
                )
            case "socket":
                path = folder / "redis.sock"
                server("--unixsocket", str(path))
                yield (f"--redis-connection-url=unix://{path}?db=3",)
            case _:
                yield (f"--redis-connection-url={server().url}/5",)


@pytest.fixture
def bench(flags: tuple[str, ...]) -> RedisBench:
    """Return a bench over this kind of Redis."""
    return RedisBench(*flags)


def test_sessions_are_listed_and_ended_by_name(bench: RedisBench) -> None:
    async def script() -> None:
        store = bench.shared()
        await store.end_all("oidc", user="alice")
        jars = [await signed_in(store, new(bench)) for _ in range(3)]
        found = [kept async for kept in store.sessions("alice@example.com")]
        assert len(found) >= 3
        assert await store.end(found[0].name)
        assert await store.end_all("oidc", user="alice") == len(found) - 1
        bench.forget_what_was_seen()
        for jar in jars:
            assert await load(store, jar, bench.now) is None
        assert [kept async for kept in store.sessions()] == []

    bench.run(script())


def test_sessions_are_counted_without_looking_at_each(bench: RedisBench) -> None:
    async def script() -> None:
        store, server = bench.shared(), server_of(*bench.flags)
        await store.end_all("oidc", user="alice")
        await server.count(bench.now)
        before = server.kept
        assert before is not None
        jars = [await signed_in(store, new(bench)) for _ in range(3)]
        await server.count(bench.now)
        assert server.kept == before + 3
        await store.clear(HOST, jars[0].header)
        await server.count(bench.now)
        assert server.kept == before + 2
        await server.close()

    bench.run(script())


def test_another_process_hears_of_an_end_at_once(bench: RedisBench) -> None:
    async def script() -> None:
        there = server_of(*bench.flags)
        one, two = bench.shared(), bench.shared()
        heard: asyncio.Queue[str] = asyncio.Queue()
        there.hearers += [two.heard, heard.put_nowait]
        loop = asyncio.get_running_loop()
        tasks: list[asyncio.Task[None]] = []
        there.start(lambda work: tasks.append(loop.create_task(work)))
        assert await asyncio.wait_for(heard.get(), 10) == ""
        jar = await signed_in(one, new(bench))
        assert await load(two, jar, bench.now) is not None
        await one.end_all("oidc", user="alice")
        assert await asyncio.wait_for(heard.get(), 10)
        assert two.load(jar.header, bench.now) is None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await there.close()

    bench.run(script())


def test_a_record_lives_as_long_as_it_was_told(bench: RedisBench) -> None:
    async def script() -> None:
        records = bench.records
        await records.write("gate:s:short", Record("s", "a"), 0.05)
        await records.write("gate:s:long", Record("s", "a"), 60)
        while await records.read("gate:s:short") is not None:
            pass
        assert await records.replace("gate:s:short", Record("s", "a", 1), 60) is None
        assert await records.replace("gate:s:long", Record("t", "b", 2), 60) == "t"
        assert await records.replace("gate:s:long", Record("u", "c", 1), 60) == "t"
        assert await records.end("gate:s:long") == "b"
        assert await records.end("gate:s:long") is None

    bench.run(script())


def test_a_record_that_nobody_sealed_is_no_session(bench: RedisBench) -> None:
    async def script() -> None:
        kept = new(bench)
        jar = await signed_in(bench.store(), kept)
        key = f"gate:s:{session_name(kept.id)}"
        link = server_of(*bench.flags).link
        await link.run(lambda client: client.hset(key, "s", b"\xff\x00"))
        await link.close()
        assert await load(bench.store(), jar, bench.now) is None

    bench.run(script())


def test_an_index_forgets_what_is_over(bench: RedisBench) -> None:
    async def script() -> None:
        records, now = bench.records, bench.now
        await records.note("gate:i:x", "a", now=now, until=now + 10)
        await records.note("gate:i:x", "b", now=now, until=now + 20)
        assert sorted(await records.noted("gate:i:x", now)) == ["a", "b"]
        assert await records.noted("gate:i:x", now + 10) == ["b"]
        await records.note("gate:i:x", "c", now=now + 15, until=now + 30)
        assert sorted(await records.noted("gate:i:x", now)) == ["b", "c"]
        await records.strike("gate:i:x", ["b", "c"])
        assert await records.noted("gate:i:x", now) == []

    bench.run(script())


def test_a_lease_has_one_holder_until_it_is_given_back_or_over(bench: RedisBench) -> None:
    async def script() -> None:
        leases = server_of(*bench.flags)
        records = leases.records
        await leases.link.probe()
        assert await records.take("gate:l:x", "me", 60_000)
        assert await records.take("gate:l:x", "me", 60_000)
        assert not await records.take("gate:l:x", "you", 60_000)
        assert not await records.release("gate:l:x", "you")
        assert not await records.renew("gate:l:x", "you", 60_000)
        assert await records.renew("gate:l:x", "me", 20)
        while not await records.take("gate:l:x", "you", 60_000):
            pass
        assert not await records.renew("gate:l:x", "me", 60_000)
        assert await records.release("gate:l:x", "you")
        assert not await records.release("gate:l:x", "you")
        await leases.close()

    bench.run(script())


def test_a_failover_is_followed() -> None:
    group = SentinelGroup()
    bench = RedisBench(*group.flags)

    async def script() -> None:
        store = bench.shared()
        jar = await signed_in(store, new(bench))
        group.servers[0].ask("WAIT", "1", "5000", password=group.password)
        assert await load(store, jar, bench.now) is not None
        group.lose_the_master()
        bench.now += 6
        while True:
            try:
                assert await load(bench.store(), jar, bench.now) is not None
                break
            except StoreUnavailable:
                await server.link.probe()
        assert await signed_in(store, new(bench))

    async def inside() -> None:
        nonlocal server
        server = server_of(*group.flags)
        await server.link.probe()
        bench.records = server.records
        try:
            await script()
        finally:
            await server.close()

    server: SharedServer
    try:
        asyncio.run(inside())
    finally:
        group.end()
