"""The end of a client connection in a way that lets the client read the last answer.

Closing with unread bytes makes the kernel send a reset, which can destroy the answer on its way.
So only the sending side is closed, and what still comes is read and dropped for a moment.
"""

from __future__ import annotations

import asyncio
import sys

from sidegate.net.back_pressure import Full, Reading

LINGER = 1.0
"""Seconds to go on reading after the last answer, so that the client gets to read it."""
DROPPED_LIMIT = 64 << 10
"""Bytes that are read only to be dropped; beyond, the client is not read any more."""


class Farewell:
    """A connection that has said its last word."""

    __slots__ = ("_dropped", "_reading", "_transport", "_unsent")

    def __init__(self, transport: asyncio.Transport, reading: Reading) -> None:
        self._transport = transport
        self._reading = reading
        self._dropped = 0
        self._unsent = sys.maxsize
        reading.resume_all()
        if transport.can_write_eof():
            transport.write_eof()
        else:
            transport.close()  # TLS says goodbye by itself

    def drop(self, data: bytes) -> None:
        """Take bytes that nobody wants any more."""
        self._dropped += len(data)
        if self._dropped > DROPPED_LIMIT:
            self._reading.pause(Full.REQUESTS)

    def is_being_read(self) -> bool:
        """Say whether the client took some of the answer since this was asked before."""
        unsent = self._transport.get_write_buffer_size()
        has_progress = 0 < unsent < self._unsent
        self._unsent = unsent
        return has_progress
