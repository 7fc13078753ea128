"""What a client sent and nobody has read yet: bytes in, heads of requests out.

Rule 1: a byte is looked at a bounded number of times, in however many pieces it comes.
Rule 2: `next_head` returns a checked head, returns None for "more bytes please", or raises our
error; nothing else.
"""

from __future__ import annotations

from sidegate.core.messages import RequestHead
from sidegate.http1.head import END, HeadLimits, find_end, parse_request

_CR = 0x0D
HELD_LIMIT = 64 << 10
"""Bytes of requests that wait for their turn; beyond, the client is not read."""


class Intake:
    """The unread bytes of one connection. A head that comes whole and alone is not copied.

    `pending` holds them, and is empty when there are none; only to be looked at.
    """

    __slots__ = ("_at", "_counted", "_is_fresh", "_limits", "_scanned", "_waiting", "pending")

    def __init__(self, limits: HeadLimits) -> None:
        self.pending: bytes | bytearray = b""
        self._limits = limits
        self._is_fresh = False  # came in one piece and was not looked at yet
        self._at = 0  # where the unread bytes begin
        self._scanned = 0  # up to where the end of a head was looked for
        self._counted = 0  # up to where waiting requests were counted
        self._waiting = 0

    def __len__(self) -> int:
        return len(self.pending) - self._at

    def feed(self, data: bytes) -> None:
        """Add bytes behind those that are here."""
        if not self.pending:
            self.pending, self._is_fresh = data, True
            return
        self._is_fresh = False
        at, self._at = self._at, 0
        if isinstance(self.pending, bytearray):
            del self.pending[:at]
        else:
            self.pending = bytearray(self.pending[at:])
        self._scanned = max(0, self._scanned - at)
        self._counted = max(0, self._counted - at)
        self.pending += data

    def take(self) -> bytes:
        """Return all bytes that are here, and forget them."""
        rest = bytes(self.pending[self._at :])
        self._forget()
        return rest

    def _forget(self) -> None:
        self.pending = b""
        self._at = self._scanned = self._counted = self._waiting = 0

    def next_head(self) -> RequestHead | None:
        """Return the head of the next request, or None when it is not whole yet.

        Empty lines before it are skipped (RFC 9112 section 2.2). Raises a RequestError, also as
        soon as the bytes cannot become a legal head.
        """
        buffer = self.pending
        if self._is_fresh:  # the usual case: one whole head and nothing else
            self._is_fresh = False
            is_whole = 0 < buffer.find(END) == len(buffer) - 4 <= self._limits.total - 4
            if is_whole and buffer[0] != _CR:
                self.pending = b""
                return parse_request(bytes(buffer), self._limits)
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
        return parse_request(bytes(buffer[at:end]), self._limits)

    def is_full(self) -> bool:
        """Say whether enough waits for its turn: bytes, or requests (`limits.pipelined`).

        Requests are counted by their empty lines; one inside a body counts too, which only means
        that reading pauses earlier.
        """
        if len(self) > HELD_LIMIT:
            return True
        self._waiting += self.pending.count(END, max(self._at, self._counted - 3))
        self._counted = len(self.pending)
        return self._waiting >= self._limits.pipelined
