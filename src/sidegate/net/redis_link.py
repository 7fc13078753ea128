"""The way to Redis: every command has a time limit, and a server that is gone is left alone.

Rule 1: a command ends within `LIMIT`, connecting included; nobody waits for a place longer.
Rule 2: after three failures in a row commands fail at once, until a probe in the background
        succeeds. A probe runs every second then, every five seconds else.
Rule 3: an answer that is an error (OOM, READONLY, NOPERM) is an answer: reading may still work.
Rule 4: whatever goes wrong is StoreUnavailable, with a reason that holds no secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from redis import exceptions as redis_errors

from sidegate.core.errors import StoreUnavailable
from sidegate.net.breaker import Breaker
from sidegate.net.redis_client import MOST_CONNECTIONS, Client, close_client
from sidegate.observe.measures import Durations

LIMIT: Final = 0.3
PATIENT_LIMIT: Final = 3.0  # of a probe, which may have to learn of a whole cluster first
PERIOD: Final = 5.0
PERIOD_BROKEN: Final = 1.0
SILENCE: Final = 15.0  # seconds after which a subscription is asked whether it still lives

# The built-in TimeoutError of `asyncio.timeout` is an OSError.
_NO_ANSWER: Final = (
    OSError,
    redis_errors.ConnectionError,
    redis_errors.TimeoutError,
    redis_errors.RedisClusterException,
    redis_errors.ClusterDownError,
)
Result = TypeVar("Result")
Report = Callable[[str, str], None]
"""Hears that the way to Redis is `lost` (and why) or `found` again."""


class RedisLink:
    """Runs commands. `probe` is a key that a probe writes, to see whether that works."""

    def __init__(self, client: Client, probe: str, report: Report = lambda *_: None) -> None:
        self._client = client
        self._probe_key = probe
        self._report = report
        self._breaker = Breaker()
        self._places = asyncio.Semaphore(MOST_CONNECTIONS - 2)  # for the probe and its like
        self._was_seen = False
        self._refuses_writes = ""
        self._broke = asyncio.Event()
        # What commands took, and how many had no answer or one that says no.
        self.durations = Durations()
        self.failures = 0

    @property
    def is_left_alone(self) -> bool:
        """Say whether commands fail at once, see rule 2."""
        return self._breaker.is_open

    def unready_reason(self) -> str:
        """Say why sessions cannot be kept right now, or empty text when they can."""
        if self._breaker.is_open:
            return self._breaker.reason
        return self._refuses_writes or ("" if self._was_seen else "not asked yet")

    async def run(
        self, work: Callable[[Client], Awaitable[Result]], limit: float = LIMIT
    ) -> Result:
        """Return what `work` does with the client. Raises StoreUnavailable."""
        if self._breaker.is_open:
            raise StoreUnavailable(f"Redis is left alone: {self._breaker.reason}")
        return await self._try(work, limit)

    async def _try(self, work: Callable[[Client], Awaitable[Result]], limit: float) -> Result:
        started, is_answered = asyncio.get_running_loop().time(), False
        try:
            async with asyncio.timeout(limit), self._places:
                result = await work(self._client)
        except _NO_ANSWER as error:
            reason = _reason(error)
            if self._breaker.failed(reason):
                self._broke.set()
                self._report("lost", reason)
            raise StoreUnavailable(f"Redis: {reason}") from None
        except redis_errors.RedisError as error:
            raise StoreUnavailable(f"Redis: {_reason(error)}") from None
        except Exception as error:  # noqa: BLE001 - redis-py lets out whatever nonsense makes it raise
            raise StoreUnavailable(f"Redis: {_reason(error)}") from None
        else:
            is_answered = True
        finally:
            self.durations.add(asyncio.get_running_loop().time() - started)
            self.failures += not is_answered
        if self._breaker.worked():
            self._report("found", "")
        return result

    async def keep_watch(self) -> None:
        """Probe the server from now on; ends only with its task."""
        while True:
            await self.probe()
            self._broke.clear()
            if not self.unready_reason():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._broke.wait(), PERIOD - PERIOD_BROKEN)
            await asyncio.sleep(PERIOD_BROKEN)

    async def probe(self) -> None:
        """Find out whether Redis answers and takes writes. Never raises."""

        async def write(client: Client) -> None:
            await client.set(self._probe_key, "", ex=60)

        try:
            await self._try(write, PATIENT_LIMIT)
        except StoreUnavailable as error:
            refusal = str(error)
        else:
            refusal = ""
        self._was_seen = self._was_seen or not refusal
        if bool(refusal) != bool(self._refuses_writes) and not self._breaker.is_open:
            self._report("lost" if refusal else "found", refusal)
        self._refuses_writes = refusal

    async def hear(self, channel: str, on_message: Callable[[str], None]) -> None:
        """Hear what is published on `channel`; ends only with its task.

        `on_message` gets empty text each time the subscription begins: messages may be missing.
        """
        while True:
            try:
                async for message in self._messages(channel):
                    on_message(message)
            except Exception:  # noqa: BLE001 - nonsense too: whoever stops to hear misses every end
                await asyncio.sleep(PERIOD_BROKEN)

    async def _messages(self, channel: str) -> AsyncIterator[str]:
        async with asyncio.timeout(PATIENT_LIMIT):
            await self._client.initialize()  # a cluster has to be learned first
        subscription = self._client.pubsub()
        try:
            async with asyncio.timeout(PATIENT_LIMIT):
                await subscription.subscribe(channel)
            was_silent = False
            while True:
                message: dict[str, Any] | None = await subscription.get_message(timeout=SILENCE)
                if message is None and was_silent:
                    raise redis_errors.ConnectionError("the subscription is dead")
                was_silent = message is None
                if message is None:
                    await subscription.ping()
                elif message["type"] == "subscribe":
                    yield ""
                elif message["type"] == "message":
                    yield bytes(message["data"]).decode("ascii", "replace")
        finally:
            await subscription.aclose()  # type: ignore[no-untyped-call] # redis-py has no types here

    async def close(self) -> None:
        """Close all connections."""
        await close_client(self._client)


def _reason(error: BaseException) -> str:
    """Return why a command failed in words that hold neither secrets nor addresses."""
    if isinstance(error, redis_errors.AuthenticationError):
        return "the user or password is not accepted"
    if isinstance(error, TimeoutError | redis_errors.TimeoutError):
        return "no answer in time"
    if isinstance(error, redis_errors.BusyLoadingError):
        return "the server is loading its data"
    if isinstance(error, _NO_ANSWER):
        return "no connection"
    if not isinstance(error, redis_errors.RedisError):
        return "an answer that cannot be read"
    return f"refused with {type(error).__name__}"
