"""The parts that keep sessions in Redis, imported only where `session_store_type` says so."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from sidegate.app.base import Base
from sidegate.app.observation import Observation
from sidegate.config.settings import RedisSettings, Settings
from sidegate.core.errors import StoreUnavailable
from sidegate.core.ports import Clock
from sidegate.net.redis_client import make_client
from sidegate.net.redis_link import RedisLink
from sidegate.net.redis_records import RedisRecords
from sidegate.session.bound import BoundSealer
from sidegate.session.codec import Keep
from sidegate.session.keyring import KeyRing
from sidegate.stores.session_cookies import SessionCookies
from sidegate.stores.shared import COUNTED, SharedStore
from sidegate.stores.ticket import PURPOSE
from sidegate.stores.turns import Store, Turns

COUNT_PERIOD: Final = 15.0
Spawn = Callable[[Coroutine[Any, Any, None]], object]


class SharedServer:
    """The Redis server, group or cluster. Connects when `start` is called, not before.

    `records` keeps sessions and leases; `hearers` hear what other processes tell
    (`SharedStore.heard`). Raises ConfigurationError for a CA file that cannot be used.
    """

    def __init__(self, settings: RedisSettings, observation: Observation | None = None) -> None:
        prefix = settings.redis_key_prefix
        self._log = None if observation is None else observation.log.named("store")
        self._channel = f"{prefix}:ended"
        self.prefix = prefix
        self.link = RedisLink(make_client(settings), f"{prefix}:probe", self._report)
        self.records = RedisRecords(self.link, self._channel)
        self.hearers: list[Callable[[str], None]] = []
        self.kept: int | None = None  # how many sessions; None: nobody counted, or nobody can tell
        self.unready_reason = self.link.unready_reason
        self.close = self.link.close

    def start(self, spawn: Spawn) -> None:
        """Begin to watch the server and to hear what others tell."""
        spawn(self.link.keep_watch())
        spawn(self.link.hear(self._channel, self._heard))

    async def keep_counting(self, clock: Clock) -> None:
        """Count the sessions from now on, not at each scrape; ends only with its task."""
        while True:
            await self.count(clock())
            await asyncio.sleep(COUNT_PERIOD)

    async def count(self, now: float) -> None:
        """Learn how many sessions are kept. Never raises."""
        try:
            self.kept = await self.records.count(f"{self.prefix}:{COUNTED}", now)
        except StoreUnavailable:
            self.kept = None

    def _heard(self, message: str) -> None:
        for hear in self.hearers:
            hear(message)

    def _report(self, event: str, reason: str) -> None:
        if self._log is None:
            return
        if event == "lost":
            self._log.error("sessions cannot be kept in Redis as they should", detail=reason)
        else:
            self._log.info("Redis works again")


def shared_store(
    base: Base,
    server: SharedServer,
    bindings: Mapping[str, bytes],
    keep: Callable[[str], Keep],
) -> SharedStore:
    """Return the store of sessions on this server, which hears what other processes tell."""
    unopened = base.observation.metrics.session_unopened
    store = _store(
        base.settings, server, base.ring, bindings, keep, base.clock, base.spawn, unopened
    )
    store.on_expired = base.observation.metrics.cookie_expired
    base.ring.on_change(store.forget)
    server.hearers.append(store.heard)
    return store


def turns_of(base: Base, server: SharedServer, store: Store) -> Turns:
    """Return how the processes on this server take turns at renewing a session."""
    return Turns(server.records, store, os.urandom, base.spawn)


def store_for_operators(settings: Settings, server: SharedServer, clock: Clock) -> SharedStore:
    """Return the store as whoever looks after it needs it: to list sessions and to end them."""
    ring = KeyRing(settings.cookie.cookie_secrets, os.urandom)
    bindings = {one.id: one.binding for one in settings.providers}
    spawn = asyncio.get_running_loop().create_task
    return _store(settings, server, ring, bindings, lambda _: Keep(), clock, spawn)


def _store(
    settings: Settings,
    server: SharedServer,
    ring: KeyRing,
    bindings: Mapping[str, bytes],
    keep: Callable[[str], Keep],
    clock: Clock,
    spawn: Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]],
    on_unopened: Callable[[], None] = lambda: None,
) -> SharedStore:
    return SharedStore(
        SessionCookies(settings.cookie, BoundSealer(ring.sealer(PURPOSE), bindings), on_unopened),
        server.records,
        ring,
        keep,
        bindings=bindings,
        prefix=server.prefix,
        idle_timeout=settings.cookie.session_idle_timeout,
        clock=clock,
        randomness=os.urandom,
        spawn=spawn,
    )
