"""Back-pressure: a connection is read only while there is somewhere for its bytes to go."""

from __future__ import annotations

import asyncio
from typing import Final


class Full:
    """Why a client is not read. Plain bits: an IntFlag costs 3 us per request."""

    BODY: Final = 1  # nowhere to send a request's body
    REQUESTS: Final = 2  # enough later requests are held
    ANSWERS: Final = 4  # the client does not read what it was answered


class Reading:
    """Pauses and resumes the reading of one transport, for several reasons at once."""

    __slots__ = ("_transport", "reasons")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.reasons = 0  # bits of `Full`, to be read only

    def pause(self, reason: int) -> None:
        """Read no more until this reason and all others are gone."""
        if not self.reasons and not self._transport.is_closing():
            self._transport.pause_reading()
        self.reasons |= reason

    def resume(self, reason: int) -> None:
        """Take one reason away."""
        if self.reasons & reason:
            self.reasons &= ~reason
            if not self.reasons and not self._transport.is_closing():
                self._transport.resume_reading()

    def resume_all(self) -> None:
        """Take every reason away."""
        self.resume(self.reasons)
