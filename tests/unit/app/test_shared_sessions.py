"""Where sessions live in Redis, the parts for that are made, and hear of each other."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from sidegate.app.shared_sessions import SharedServer, shared_store
from sidegate.session.codec import Keep
from sidegate.stores.ticket import session_name
from tests.kit.gate import proxy
from tests.unit.app.conftest import MakeSettings
from tests.unit.stores.kit import HOST, NOW, session

FLAGS = ("--session-store-type=redis", "--redis-connection-url=redis://127.0.0.1:1")


def test_a_store_hears_what_other_processes_tell(settings: MakeSettings) -> None:
    async def script() -> None:
        server = SharedServer(settings(*FLAGS).redis)
        store = shared_store(proxy().base, server, {"oidc": b"x"}, lambda _: Keep())
        kept = session()
        seen = store._memory.put(b"cookie", kept.id, NOW)
        seen.see(kept, NOW)
        server._heard(session_name(kept.id))
        assert seen.session is None
        assert store.domain_for(HOST) == ""
        await server.close()

    asyncio.run(script())


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
