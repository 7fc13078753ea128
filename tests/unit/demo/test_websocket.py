"""The echo speaks RFC 6455 as its documents show it."""

import asyncio

import pytest

from sidegate.demo import websocket
from sidegate.demo.websocket import Frame

MASKED_HELLO = bytes.fromhex("818537fa213d7f9f4d5158")  # section 5.7
UNMASKED_HELLO = bytes.fromhex("810548656c6c6f")
MASKED_CLOSE = bytes.fromhex("888037fa213d")


class Collected:
    """A writer that keeps what it is given."""

    def __init__(self) -> None:
        self.sent = b""

    def write(self, data: bytes) -> None:
        self.sent += data

    async def drain(self) -> None:
        """There is always room."""


def echoed(received: bytes) -> bytes:
    async def script() -> bytes:
        reader, writer = asyncio.StreamReader(), Collected()
        reader.feed_data(received)
        reader.feed_eof()
        await websocket.echo(reader, writer)
        return writer.sent

    return asyncio.run(script())


def test_a_message_comes_back_unmasked():
    assert echoed(MASKED_HELLO) == UNMASKED_HELLO


def test_a_close_is_answered_and_ends_the_echo():
    assert echoed(MASKED_CLOSE + MASKED_HELLO) == b"\x88\x00"


def test_a_ping_gets_a_pong():
    assert echoed(bytes.fromhex("898537fa213d7f9f4d5158")) == b"\x8a\x05Hello"


def test_an_unmasked_frame_of_a_client_ends_the_echo():
    assert echoed(UNMASKED_HELLO) == b""


@pytest.mark.parametrize(
    ("size", "head"), [(125, "817d"), (126, "817e007e"), (65536, "817f0000000000010000")]
)
def test_the_length_is_written_as_short_as_it_goes(size, head):
    assert Frame(websocket.TEXT, bytes(size)).encode().startswith(bytes.fromhex(head))


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_every_length_survives_the_echo(size):
    payload = bytes(range(256)) * (size // 256 + 1)
    unmasked = Frame(websocket.BINARY, payload[:size]).encode()
    masked = (
        bytes([unmasked[0], unmasked[1] | 0x80])
        + unmasked[2 : len(unmasked) - size]
        + bytes(4)
        + payload[:size]
    )
    assert echoed(masked) == unmasked
