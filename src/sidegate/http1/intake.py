"""What a client sent and nobody has read yet: bytes in, heads of requests out.

Rule 1: a byte is looked at a bounded number of times, in however many pieces it comes.
Rule 2: `next_head` returns a checked head, returns None for "more bytes please", or raises our
error; nothing else.
"""

from __future__ import annotations

from sidegate.core.messages import RequestHead
from sidegate.http1.head import END, HeadLimits, find_end, parse_request

HELD_LIMIT = 64 << 10
"""Bytes of requests that wait for their turn; beyond, the client is not read."""


class Intake:
    """The unread bytes of one connection. One that comes whole and alone is not copied."""

    __slots__ = ("_at", "_buffer", "_counted", "_limits", "_scanned", "_waiting")

    def __init__(self, limits: HeadLimits) -> None:
        self._limits = limits
        self._buffer: bytes | bytearray = b""
        self._at = 0  # where the unread bytes begin
        self._scanned = 0  # up to where the end of a head was looked for
        self._counted = 0  # up to where waiting requests were counted
        self._waiting = 0

    def __len__(self) -> int:
        return len(self._buffer) - self._at

    def feed(self, data: bytes) -> None:
        """Add bytes behind those that are here."""
        if not self._buffer:
            self._buffer = data
            return
        at, self._at = self._at, 0
        if isinstance(self._buffer, bytearray):
            del self._buffer[:at]
        else:
            self._buffer = bytearray(self._buffer[at:])
        self._scanned = max(0, self._scanned - at)
        self._counted = max(0, self._counted - at)
        self._buffer += data

    def take(self) -> bytes:
        """Return all bytes that are here, and forget them."""
        rest = bytes(self._buffer[self._at :])
        self._forget()
        return rest

    def _forget(self) -> None:
        self._buffer = b""
        self._at = self._scanned = self._counted = self._waiting = 0

    def next_head(self) -> RequestHead | None:
        """Return the head of the next request, or None when it is not whole yet.

        Empty lines before it are skipped (RFC 9112 section 2.2). Raises a RequestError, also as
        soon as the bytes cannot become a legal head.
        """
        buffer = self._buffer
        while buffer.startswith(b"\r\n", self._at):
            self._at += 2
        at = self._at
        if at == len(buffer):
            self._forget()  # an idle connection keeps nothing
            return None
        end = find_end(buffer, max(self._scanned, at), self._limits, at)
        if not end:
            self._scanned = len(buffer)
            return None
        if end == len(buffer):
            self._forget()
        else:
            self._at = end
            self._waiting = max(0, self._waiting - 1)
        # A slice of all bytes is the very same object: nothing is copied in the usual case.
        return parse_request(bytes(buffer[at:end]), self._limits)

    def is_full(self) -> bool:
        """Say whether enough waits for its turn: bytes, or requests (`limits.pipelined`).

        Requests are counted by their empty lines; one inside a body counts too, which only means
        that reading pauses earlier.
        """
        if len(self) > HELD_LIMIT:
            return True
        self._waiting += self._buffer.count(END, max(self._at, self._counted - 3))
        self._counted = len(self._buffer)
        return self._waiting >= self._limits.pipelined
