"""Where sessions live in Redis, the parts for that are made, and hear of each other."""

import asyncio

from sidegate.app.shared_server import SharedServer
from sidegate.app.shared_sessions import shared_store
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
