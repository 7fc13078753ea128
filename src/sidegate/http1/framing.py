"""Bodies on the wire: where one ends, and how one is written anew (RFC 9112 sections 6 and 7).

Rule 1: every change of framing happens here.
Rule 2: `feed` returns the payload and the bytes behind the body, or raises our error; nothing else.
Rule 3: chunk extensions and trailers are read, bounded and dropped, never passed on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto
from typing import ClassVar, Final

from sidegate.core.errors import BadRequest
from sidegate.http1.names import LowerNames

_LINE_LIMIT: Final = 4096
_EXTENSION_LIMIT: Final = 16 << 10
_TRAILER_LIMIT: Final = 16 << 10
_SIZE_DIGITS: Final = 16
_LARGEST: Final = 2**63 - 1
_HEX: Final = frozenset(b"0123456789abcdefABCDEF")
_LINE_LEGAL: Final = bytes(c for c in range(256) if (c >= 0x20 and c != 0x7F) or c == 0x09)
_EXTENSIONS: Final = re.compile(  # RFC 9112 section 7.1.1
    rb"""(?x) (?: [ \t]* ; [ \t]* [!\#$%&'*+\-.^_`|~0-9A-Za-z]+
    (?: [ \t]* = [ \t]* (?:
        [!\#$%&'*+\-.^_`|~0-9A-Za-z]+
        | "(?: [\t !\x23-\x5b\x5d-\x7e\x80-\xff] | \\[\t\x20-\x7e\x80-\xff] )*"
    ) )? )*"""
)
# Fields that say how this or the next message is framed, routed or kept (RFC 9110 section 6.5.1).
_FORBIDDEN_TRAILERS: Final = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"keep-alive",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_LOWER: Final = LowerNames()
LAST_CHUNK: Final = b"0\r\n\r\n"


def as_chunk(payload: bytes) -> bytes:
    """Return one chunk. The payload must not be empty: that would end the body."""
    return b"%x\r\n%b\r\n" % (len(payload), payload)


class LengthBody:
    """A body of known length. `remaining` counts down to 0."""

    __slots__ = ("is_done", "remaining")

    def __init__(self, length: int) -> None:
        self.remaining = length
        self.is_done = length == 0

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Return (payload, bytes behind the body). The payload is `data` itself when all fits."""
        if len(data) < self.remaining:
            self.remaining -= len(data)
            return data, b""
        cut, self.remaining, self.is_done = self.remaining, 0, True
        return (data, b"") if cut == len(data) else (data[:cut], data[cut:])


class UntilClose:
    """A body that ends when the connection does. Only answers may have one."""

    __slots__ = ("is_done",)

    def __init__(self) -> None:
        self.is_done = False

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Return all of it as payload."""
        return data, b""


class _State(Enum):
    SIZE = auto()
    DATA = auto()
    DATA_END = auto()
    TRAILER = auto()
    DONE = auto()


class ChunkedBody:
    """A chunked body, read strictly: sizes are 1 to 16 hex digits, lines end in CRLF.

    `feed` raises BadRequest; for an upstream's answer the caller translates it.
    """

    __slots__ = ("_extension", "_held", "_remaining", "_state", "_trailer")

    def __init__(self) -> None:
        self._state = _State.SIZE
        self._held = b""  # an unfinished line, below _LINE_LIMIT
        self._remaining = 0
        self._extension = 0
        self._trailer = 0

    @property
    def is_done(self) -> bool:
        """Say whether the last chunk and the trailer section were read."""
        return self._state is _State.DONE

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Return (payload, bytes behind the body)."""
        if self._held:
            data, self._held = self._held + data, b""
        pieces: list[bytes] = []
        at = 0
        while at < len(data) and self._state is not _State.DONE:
            step = self._STEPS[self._state](self, data, at, pieces)
            if step < 0:
                self._held = data[at:]
                break
            at = step
        rest = data[at:] if self._state is _State.DONE else b""
        return (pieces[0] if len(pieces) == 1 else b"".join(pieces)), rest

    def _line(self, data: bytes, at: int) -> tuple[bytes, int]:
        """Return (line, index behind its CRLF); the index is -1 when the line is not whole yet."""
        end = data.find(b"\n", at)
        if end < 0:
            line, behind = data[at:].removesuffix(b"\r"), -1
        else:
            line, behind = data[at : end - 1], end + 1
            if data[end - 1 : end] != b"\r" or end == at:
                raise BadRequest("bare LF in a chunked body")
        if len(line) > _LINE_LIMIT or line.translate(None, _LINE_LEGAL):
            raise BadRequest("overlong line or control byte in a chunked body")
        return line, behind

    def _size(self, data: bytes, at: int, _: list[bytes]) -> int:
        line, behind = self._line(data, at)
        digits, semicolon, extension = line.partition(b";")
        if semicolon or behind < 0:
            digits = digits.rstrip(b" \t")  # BWS before an extension, RFC 9112 section 7.1.1
        if len(digits) > _SIZE_DIGITS or not _HEX.issuperset(digits) or (behind > 0 and not digits):
            raise BadRequest("invalid chunk size")
        if behind < 0:
            return -1
        if semicolon:
            self._extension += len(extension)
            if self._extension > _EXTENSION_LIMIT or not _EXTENSIONS.fullmatch(b";" + extension):
                raise BadRequest("invalid or too many chunk extensions")
        self._remaining = int(digits, 16)
        if self._remaining > _LARGEST:
            raise BadRequest("invalid chunk size")
        self._state = _State.DATA if self._remaining else _State.TRAILER
        return behind

    def _data(self, data: bytes, at: int, pieces: list[bytes]) -> int:
        piece = data[at : at + self._remaining]
        pieces.append(piece)
        self._remaining -= len(piece)
        if not self._remaining:
            self._state = _State.DATA_END
        return at + len(piece)

    def _data_end(self, data: bytes, at: int, _: list[bytes]) -> int:
        end = data[at : at + 2]
        if end == b"\r\n":
            self._state = _State.SIZE
            return at + 2
        if end == b"\r":
            return -1
        raise BadRequest("chunk data does not end where its size says")

    def _trailers(self, data: bytes, at: int, _: list[bytes]) -> int:
        line, behind = self._line(data, at)
        if behind < 0:
            return -1
        if not line:
            self._state = _State.DONE
            return behind
        name, colon, _value = line.partition(b":")
        self._trailer += len(line)
        if not colon or self._trailer > _TRAILER_LIMIT:
            raise BadRequest("invalid or overlong trailer section")
        if _LOWER[name] in _FORBIDDEN_TRAILERS:
            raise BadRequest("framing field in the trailer section (RFC 9110 section 6.5.1)")
        return behind

    _STEPS: ClassVar[dict[_State, Callable[[ChunkedBody, bytes, int, list[bytes]], int]]] = {
        _State.SIZE: _size,
        _State.DATA: _data,
        _State.DATA_END: _data_end,
        _State.TRAILER: _trailers,
    }


Body = LengthBody | ChunkedBody | UntilClose
