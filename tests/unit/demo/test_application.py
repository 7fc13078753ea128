"""The example application answers requests as they come off the wire."""

import asyncio

import pytest

from sidegate.demo import application


class Collected:
    """A writer that keeps what it is given until it is closed."""

    def __init__(self) -> None:
        self.sent = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.sent += data

    async def drain(self) -> None:
        """There is always room."""

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    async def wait_closed(self) -> None:
        """Take no time."""


def answered(received: bytes) -> bytes:
    async def script() -> bytes:
        reader, writer = asyncio.StreamReader(), Collected()
        reader.feed_data(received)
        reader.feed_eof()
        await application.converse(reader, writer)
        assert writer.closed
        return writer.sent

    return asyncio.run(script())


def test_the_page_names_the_person_of_the_headers():
    sent = answered(
        b"GET /report HTTP/1.1\r\nHost: x\r\nX-Forwarded-Email: \xc3\xa9@example.com\r\n\r\n"
    )
    assert sent.startswith(b"HTTP/1.1 200 OK\r\n")
    assert "Hello é@example.com".encode() in sent


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ],
)
def test_a_body_is_read_before_the_next_request(body):
    sent = answered(b"POST / HTTP/1.1\r\n" + body + b"GET /healthz HTTP/1.1\r\n\r\n")
    assert sent.count(b"HTTP/1.1 200 OK") == 2
    assert sent.endswith(b"ok\n")


def test_head_gets_no_body():
    assert answered(b"HEAD /healthz HTTP/1.1\r\n\r\n").endswith(b"\r\n\r\n")


def test_a_websocket_is_opened_and_echoes():
    sent = answered(
        b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        + bytes.fromhex("818537fa213d7f9f4d5158")
    )
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in sent
    assert sent.endswith(b"\r\n\r\n\x81\x05Hello")


def test_noise_is_not_answered():
    assert answered(b"\x16\x03\x01\r\n\r\n") == b""
