"""Benches on which every store is tried without sockets."""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any, TypeVar

from sidegate.core.identity import Ended
from sidegate.core.records import Records
from sidegate.login.ports import SessionStore
from sidegate.session.bound import BoundSealer
from sidegate.session.codec import Keep
from sidegate.session.keyring import KeyRing
from sidegate.stores.cookie import CookieStore
from sidegate.stores.session_cookies import SessionCookies
from sidegate.stores.shared import SharedStore
from tests.kit.records import MemoryRecords
from tests.unit.stores.kit import NOW, RING, settings

Result = TypeVar("Result")
KEEP = Keep(provider_session_id=True)
BINDINGS = {"oidc": b"issuer\0client", "elsewhere": b"another\0client"}


class CookieBench:
    """Stores that share nothing but the key."""

    def __init__(self) -> None:
        self.now = NOW
        self.ids = 0

    def store(self) -> SessionStore:
        sealer = BoundSealer(RING.sealer("session"), BINDINGS)
        return CookieStore(settings(), sealer, lambda _: KEEP, lambda: self.now)

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run(work)

    def forget_what_was_seen(self) -> None:
        """Cookies say it themselves."""


class SharedBench(CookieBench):
    """Stores over the same records."""

    def __init__(self, records: Records | None = None) -> None:
        super().__init__()
        self.memory = MemoryRecords(lambda: self.now)
        self.records: Records = self.memory if records is None else records
        self.ended: list[Ended] = []

    def store(self) -> SharedStore:
        return self.shared()

    def shared(
        self, ring: KeyRing = RING, bindings: dict[str, bytes] | None = None, idle: float = 0.0
    ) -> SharedStore:
        bound = BINDINGS if bindings is None else bindings
        changed = settings(session_idle_timeout=idle)
        store = SharedStore(
            SessionCookies(changed, BoundSealer(ring.sealer("ticket"), bound)),
            self.records,
            ring,
            lambda _: KEEP,
            bindings=bound,
            prefix="gate",
            idle_timeout=idle,
            clock=lambda: self.now,
            randomness=os.urandom,
            spawn=lambda work: asyncio.get_running_loop().create_task(work),
        )
        store.on_ended = self.ended.append
        self.memory.hearers.append(store.heard)
        return store

    def forget_what_was_seen(self) -> None:
        self.now += 6
