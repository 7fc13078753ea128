"""Finished spans on their way to a collector: few at a time, and in nobody's way.

Rule 1: whoever puts a span never waits. When the queue is full, in number or in bytes, the span is
        lost, and counted.
Rule 2: a batch that the collector does not take is tried again within its time, then lost and
        counted; one batch at a time, so that a slow collector costs one connection.
Rule 3: at the end what waits is sent once, within `LAST` seconds, and what is not taken is lost.
"""

from __future__ import annotations

import asyncio
import gzip
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from sidegate.core.errors import ProviderError
from sidegate.core.ports import Fetch, FetchRequest

LAST: Final = 3.0
MOST_BYTES: Final = 2 << 20
"""Of spans that wait: clients choose how long a path is, and so a span."""
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_LATER: Final = frozenset({429, 502, 503, 504})
"""Statuses after which the same may be tried again (OTLP specification, OTLP/HTTP response)."""


@dataclass(frozen=True, slots=True)
class Collector:
    """Where spans go and how. `timeout`: seconds for a batch, all tries together.

    `queued`: spans that may wait, `batch`: those of one request; `delay`: seconds between requests.
    """

    url: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    timeout: float = 10.0
    is_compressed: bool = False
    queued: int = 2048
    batch: int = 512
    delay: float = 5.0


class Report(Protocol):
    """Hears when the collector takes no more spans, and when it takes them again."""

    def __call__(self, reason: str, /) -> None:
        """Say so; an empty reason means that all is well again."""


class SpanExport:
    """Keeps spans, and sends them from a task of its own (`run`).

    `message` makes the body of a request from spans. `sent` and `lost` count spans.
    """

    def __init__(
        self,
        collector: Collector,
        fetch: Fetch,
        message: Callable[[Iterable[bytes]], bytes],
        report: Report,
        monotonic: Callable[[], float],
    ) -> None:
        self.sent = 0
        self.lost = {"queue_full": 0, "not_taken": 0}
        self._collector = collector
        self._fetch = fetch
        self._message = message
        self._report = report
        self._monotonic = monotonic
        self._waiting: deque[bytes] = deque()
        self._size = 0  # bytes of them
        self._wake = asyncio.Event()
        self._ending = asyncio.Event()
        self._is_away = False
        self._under_way = 0  # spans of the batch that is being sent

    def put(self, span: bytes) -> None:
        """Take a finished span, or lose it when too many wait."""
        waiting = self._waiting
        size = self._size + len(span)
        if len(waiting) >= self._collector.queued or size > MOST_BYTES:
            self.lost["queue_full"] += 1
            return
        self._size = size
        waiting.append(span)
        if len(waiting) == self._collector.batch:
            self._wake.set()

    @property
    def waiting(self) -> int:
        """How many spans wait."""
        return len(self._waiting)

    async def run(self) -> None:
        """Send what comes, until `end`."""
        while not self._ending.is_set():
            await _either(self._wake, self._collector.delay)
            self._wake.clear()
            await self._empty()
        await self._empty()

    async def end(self, task: asyncio.Task[None]) -> None:
        """Let `task`, which runs this, send what waits, and go on after `LAST` seconds anyway."""
        self._ending.set()
        self._wake.set()
        await asyncio.wait({task}, timeout=LAST)
        self.lost["not_taken"] += len(self._waiting) + self._under_way
        self._waiting.clear()

    async def _empty(self) -> None:
        while self._waiting:
            count = self._under_way = min(len(self._waiting), self._collector.batch)
            spans = [self._waiting.popleft() for _ in range(count)]
            self._size -= sum(map(len, spans))
            reason = await self._send(spans)
            self._under_way = 0
            if reason:
                self.lost["not_taken"] += count
            else:
                self.sent += count
            if bool(reason) != self._is_away:
                self._is_away = bool(reason)
                self._report(reason)

    async def _send(self, spans: list[bytes]) -> str:
        """Send one batch; return why it was not taken, or empty text."""
        body, collector = self._message(spans), self._collector
        headers = (*collector.headers, ("Content-Type", "application/x-protobuf"))
        if collector.is_compressed:
            body = await asyncio.to_thread(gzip.compress, body, 6)
            headers += (("Content-Encoding", "gzip"),)
        until, pause = self._monotonic() + collector.timeout, _FIRST_PAUSE
        while True:
            left = until - self._monotonic()
            request = FetchRequest("POST", collector.url, headers, body, max(left, 0.1))
            reason, wait = await self._once(request)
            wait = min(wait or pause, _LONGEST_PAUSE)
            if not reason or wait < 0 or self._monotonic() + wait >= until:
                return reason
            await _either(self._ending, wait)
            if self._ending.is_set():
                until = 0.0  # once more, and then no more
            pause *= 2

    async def _once(self, request: FetchRequest) -> tuple[str, float]:
        """Return why it was not taken, and the seconds to wait: 0 unless told, -1 for never."""
        try:
            response = await self._fetch(request)
        except ProviderError as error:
            return str(error), 0.0
        if response.status < 300:
            return "", 0.0
        told = response.headers.get("retry-after", "")
        wait = float(told) if told.isascii() and told.isdigit() else 0.0
        return f"it answered {response.status}", wait if response.status in _LATER else -1.0


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, or for that many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
