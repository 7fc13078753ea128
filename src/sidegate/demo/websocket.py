"""A WebSocket that says back what it hears: as much of RFC 6455 as that takes."""

from __future__ import annotations

from asyncio import IncompleteReadError, StreamReader
from dataclasses import dataclass
from typing import Protocol

LARGEST = 1 << 20

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
ANSWERS = {CONTINUATION: CONTINUATION, TEXT: TEXT, BINARY: BINARY, CLOSE: CLOSE, PING: PONG}


class Writer(Protocol):
    """Where frames go: the writing half of a stream."""

    def write(self, data: bytes, /) -> None:
        """Take bytes."""

    async def drain(self) -> None:
        """Wait until there is room for more."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, unmasked (RFC 6455, section 5.2)."""

    opcode: int
    payload: bytes
    final: bool = True

    def encode(self) -> bytes:
        """Return the frame as a server sends it, without a mask."""
        size = len(self.payload)
        first = bytes([self.opcode | (0x80 if self.final else 0)])
        if size < 126:
            return first + bytes([size]) + self.payload
        if size < 1 << 16:
            return first + b"\x7e" + size.to_bytes(2) + self.payload
        return first + b"\x7f" + size.to_bytes(8) + self.payload


async def read_frame(reader: StreamReader) -> Frame:
    """Return the next frame of a client.

    Raises IncompleteReadError when the client is gone, ValueError for an unmasked or huge frame.
    """
    first, second = await reader.readexactly(2)
    size = second & 0x7F
    if size >= 126:
        size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8))
    if not second & 0x80 or size > LARGEST:
        raise ValueError("a client masks its frames and keeps them small")
    mask = await reader.readexactly(4)
    masked = await reader.readexactly(size)
    pad = (mask * (size // 4 + 1))[:size]
    payload = (int.from_bytes(masked) ^ int.from_bytes(pad)).to_bytes(size)
    return Frame(first & 0x0F, payload, final=bool(first & 0x80))


async def echo(reader: StreamReader, writer: Writer) -> None:
    """Send each message back until the client closes or leaves."""
    opcode = TEXT
    while opcode != CLOSE:
        try:
            frame = await read_frame(reader)
        except (IncompleteReadError, ValueError):
            return
        opcode = frame.opcode
        if opcode in ANSWERS:
            writer.write(Frame(ANSWERS[opcode], frame.payload, final=frame.final).encode())
            await writer.drain()
