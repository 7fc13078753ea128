"""The body of one request on its way: kept until it is known where it goes, then passed on.

Rule 1: a body that is larger than it may be is never passed on whole.
Rule 2: what nobody wants any more is read and dropped.
"""

from __future__ import annotations

from collections.abc import Callable

from sidegate.core.errors import BodyTooLarge
from sidegate.http1.framing import Body, ChunkedBody, LengthBody
from sidegate.http1.head import CHUNKED

PROGRESS = 64
"""Bytes that have to come within one `body_idle_timeout`: fewer is a client that only holds on."""
UNWANTED_LIMIT = 64 << 10
"""Bytes of an unwanted body that are read to save the connection."""


class Upload:
    """One body. `length` as in RequestHead; `limit`: bytes that it may have."""

    __slots__ = ("_framing", "_left", "_limit", "_mark", "_pieces", "_sink")

    def __init__(self, length: int, limit: int) -> None:
        self._framing: Body = ChunkedBody() if length == CHUNKED else LengthBody(length)
        self._limit = self._left = self._mark = limit
        self._pieces: list[bytes] = []
        self._sink: Callable[[bytes], None] = self._pieces.append

    @property
    def is_done(self) -> bool:
        """Say whether all of it was read."""
        return self._framing.is_done

    @property
    def is_soon_over(self) -> bool:
        """Say whether so little is missing that reading it costs less than a new connection."""
        framing = self._framing
        return isinstance(framing, LengthBody) and framing.remaining <= UNWANTED_LIMIT

    def read(self, data: bytes) -> bytes:
        """Take the body's part of `data`; return what is behind it. Raises a RequestError."""
        payload, rest = self._framing.feed(data)
        if payload:
            self._left -= len(payload)
            if self._left < 0:
                raise BodyTooLarge(f"body over {self._limit} bytes")
            self._sink(payload)
        return rest

    def has_progressed(self) -> bool:
        """Say whether enough came since this was asked before."""
        came, self._mark = self._mark - self._left, self._left
        return came >= PROGRESS

    def narrow(self, limit: int) -> bool:
        """Allow `limit` bytes in all from now on; say whether no more than that came already."""
        if limit < self._limit:
            less = self._limit - limit
            self._left -= less
            self._mark -= less
            self._limit = limit
        return self._left >= 0

    def whole(self) -> bytes:
        """Return what was kept: all of a body that is done and was not passed on."""
        return b"".join(self._pieces)

    def pass_to(self, sink: Callable[[bytes], None]) -> None:
        """Pass on what was kept and what will come."""
        pieces, self._pieces = self._pieces, []
        self._sink = sink
        for piece in pieces:
            sink(piece)

    def drop(self) -> None:
        """Keep nothing: nobody wants the body."""
        self._pieces = []
        self._sink = _nowhere


def _nowhere(_: bytes) -> None:
    pass
