"""The parts that keep sessions in Redis, imported only where `session_store_type` says so."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from sidegate.app.base import Base
from sidegate.app.shared_server import SharedServer
from sidegate.config.settings import Settings
from sidegate.core.ports import Clock
from sidegate.session.bound import BoundSealer
from sidegate.session.codec import Keep
from sidegate.session.keyring import KeyRing
from sidegate.stores.session_cookies import SessionCookies
from sidegate.stores.shared import SharedStore
from sidegate.stores.ticket import PURPOSE
from sidegate.stores.turns import Store, Turns


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
