"""The Redis server of sessions is asked for nothing before it is started."""

import asyncio
from collections.abc import Coroutine
from typing import Any, cast

from sidegate.app.shared_server import SharedServer
from sidegate.net.redis_records import RedisRecords
from tests.kit.records import MemoryRecords
from tests.unit.app.conftest import MakeSettings
from tests.unit.stores.kit import NOW

FLAGS = ("--session-store-type=redis", "--redis-connection-url=redis://127.0.0.1:1")


def test_nothing_connects_before_it_is_started(settings: MakeSettings) -> None:
    async def script() -> None:
        server = SharedServer(settings(*FLAGS).redis)
        assert server.unready_reason() == "not asked yet"
        started: list[Coroutine[Any, Any, None]] = []
        server.start(started.append)
        assert len(started) == 2
        for work in started:
            work.close()
        await server.close()

    asyncio.run(script())


def test_how_many_sessions_there_are_is_asked_from_time_to_time(settings: MakeSettings) -> None:
    async def script() -> None:
        server = SharedServer(settings(*FLAGS, "--redis-key-prefix=gate").redis)
        assert server.kept is None
        await server.count(NOW)
        assert server.kept is None  # nobody answers at this address
        records = MemoryRecords(lambda: NOW)
        server.records = cast("RedisRecords", records)
        await records.note("gate:n", "one", now=NOW, until=NOW + 9)
        await server.count(NOW)
        assert server.kept == 1
        await server.count(NOW + 9)
        assert server.kept == 0
        await server.close()

    asyncio.run(script())
