"""The Redis server of sessions, imported only where `session_store_type` says so."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from sidegate.app.observation import Observation
from sidegate.config.settings import RedisSettings
from sidegate.core.errors import StoreUnavailable
from sidegate.core.ports import Clock
from sidegate.net.redis_client import make_client
from sidegate.net.redis_link import RedisLink
from sidegate.net.redis_records import RedisRecords
from sidegate.stores.shared import COUNTED

COUNT_PERIOD: Final = 15.0  # seconds
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
