"""Back-pressure: a connection is read only while there is somewhere for its bytes to go."""

from __future__ import annotations

import asyncio
from typing import Final

HELD_LIMIT = 64 << 10
"""Bytes of requests that wait for their turn; beyond, the client is not read."""
UNWANTED_LIMIT = 64 << 10
"""Bytes of an unwanted body that are read to save the connection."""


class Full:
    """Why a client is not read. Plain bits: an IntFlag costs 3 us per request."""

    BODY: Final = 1  # nowhere to send a request's body
    REQUESTS: Final = 2  # enough later requests are held
    ANSWERS: Final = 4  # the client does not read what it was answered


class Reading:
    """Pauses and resumes the reading of one transport, for several reasons at once."""

    __slots__ = ("_reasons", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._reasons = 0

    @property
    def is_paused(self) -> bool:
        """Say whether there is any reason not to read."""
        return self._reasons != 0

    def waits_for(self, reason: int) -> bool:
        """Say whether this is one of the reasons not to read."""
        return self._reasons & reason != 0

    def pause(self, reason: int) -> None:
        """Read no more until this reason and all others are gone."""
        if not self._reasons and not self._transport.is_closing():
            self._transport.pause_reading()
        self._reasons |= reason

    def resume(self, reason: int) -> None:
        """Take one reason away."""
        if self._reasons & reason:
            self._reasons &= ~reason
            if not self._reasons and not self._transport.is_closing():
                self._transport.resume_reading()

    def resume_all(self) -> None:
        """Take every reason away."""
        self.resume(self._reasons)
