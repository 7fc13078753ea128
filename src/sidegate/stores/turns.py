"""Processes that share sessions take turns: one asks the provider, the others take what came of it.

Rule 1: whoever asks holds the lease of the session, and lets it last for as long as it takes.
Rule 2: whoever gets the lease first looks whether the work is done: the token is redeemed once.
Rule 3: what the provider gave is kept before the lease is given back, and before any client hears.
Rule 4: a holder that dies is replaced when its lease runs out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Protocol

from sidegate.core.errors import GrantRejected, IdTokenRejected, StoreUnavailable
from sidegate.core.identity import Session
from sidegate.core.ports import Randomness
from sidegate.core.records import Leases
from sidegate.stores.ticket import session_name

LEASE: Final = 6.0
"""Seconds after which the lease of a process that died is free."""
MILLISECONDS: Final = int(LEASE * 1000)
PACE: Final = 0.05
"""Seconds between two looks of a process that waits for another one."""
KEEPING: Final = 20
"""How often what the provider gave is tried to be kept, once each `PAUSE` seconds."""
PAUSE: Final = 0.5

Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
Sleep = Callable[[float], Awaitable[None]]


class Store(Protocol):
    """The store of sessions, as turns need it."""

    def lease_of(self, session_id: str) -> str:
        """Return the key of the lease of a session."""

    async def load_fresh(self, session_id: str) -> Session | None:
        """Return the session as it is kept now. Raises StoreUnavailable."""

    async def replace(self, session: Session) -> Session | None:
        """Keep a later generation; return what is kept, None when it was ended."""

    async def end(self, name: str) -> bool:
        """End the session of this name. Raises StoreUnavailable."""


class Turns:
    """`stores.refresh.Turns` over leases. `spawn` starts a task whose parent is the gate."""

    def __init__(
        self,
        leases: Leases,
        store: Store,
        randomness: Randomness,
        spawn: Spawn,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._leases = leases
        self._store = store
        self._randomness = randomness
        self._spawn = spawn
        self._sleep = sleep

    async def __call__(
        self, session: Session, ask: Callable[[Session], Awaitable[Session]]
    ) -> Session | None:
        """Return the next generation, or None when the session has ended.

        Raises what `ask` raises, and StoreUnavailable.
        """
        key = self._store.lease_of(session.id)
        holder = self._randomness(16).hex()
        while not await self._leases.take(key, holder, MILLISECONDS):
            await self._sleep(PACE)
        async with self._held(key, holder):
            latest = await self._store.load_fresh(session.id)
            if latest is None or latest.generation > session.generation:
                return latest
            return await self._renewed(latest, ask)

    async def _renewed(
        self, session: Session, ask: Callable[[Session], Awaitable[Session]]
    ) -> Session | None:
        try:
            renewed = await ask(session)
        except (GrantRejected, IdTokenRejected):
            with suppress(StoreUnavailable):  # else the gate ends it, when it clears the cookies
                await self._store.end(session_name(session.id))
            raise
        for _ in range(KEEPING):
            with suppress(StoreUnavailable):
                return await self._store.replace(renewed)
            await self._sleep(PAUSE)
        return renewed  # remembered here; the next request tries to keep it again

    @asynccontextmanager
    async def _held(self, key: str, holder: str) -> AsyncIterator[None]:
        keeper = self._spawn(self._keep(key, holder))
        try:
            yield
        finally:
            keeper.cancel()
            with suppress(StoreUnavailable):  # then it runs out
                await self._leases.release(key, holder)

    async def _keep(self, key: str, holder: str) -> None:
        """Let the lease last, until the work is done."""
        while True:
            await self._sleep(LEASE / 3)
            with suppress(StoreUnavailable):
                await self._leases.renew(key, holder, MILLISECONDS)
