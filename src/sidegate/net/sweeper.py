"""Time limits for many connections at the price of one timer.

A timer per connection and state costs two heap operations per request. A deadline that is an
attribute costs one store; the sweeper looks at all of them four times a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

NEVER = float("inf")
INTERVAL = 0.25
"""Seconds between two looks: how late a limit may strike."""


class Watched(Protocol):
    """Something with a time limit."""

    deadline: float  # monotonic seconds, NEVER for none

    def expire(self) -> None:
        """Do what has to happen when the deadline has passed. Must move or clear the deadline."""


class Sweeper:
    """Calls `expire` on everything watched whose deadline has passed."""

    def __init__(
        self, monotonic: Callable[[], float], report: Callable[[BaseException], None]
    ) -> None:
        self._monotonic = monotonic
        self._report = report
        self._watched: set[Watched] = set()
        self._timer: asyncio.TimerHandle | None = None
        self.watch = self._watched.add
        self.forget = self._watched.discard

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to look regularly."""
        self._timer = loop.call_later(INTERVAL, self._tick, loop)

    def stop(self) -> None:
        """Stop looking."""
        if self._timer is not None:
            self._timer.cancel()

    def sweep(self) -> None:
        """Look once."""
        now = self._monotonic()
        overdue = [item for item in self._watched if item.deadline <= now]
        for item in overdue:
            try:
                item.expire()
            except Exception as error:  # noqa: BLE001 - the others still have to be looked at
                item.deadline = NEVER
                self._report(error)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self.sweep()
        self.start(loop)
