"""WebSockets through the relay: a tunnel after a matching 101, and after nothing else."""

import pytest

from tests.kit.wire import Wire

GET = b"GET /a HTTP/1.1\r\nHost: app.test\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def test_a_websocket_passes_bytes_both_ways_after_the_101(wire: Wire) -> None:
    wire.client_sends(HANDSHAKE + b"early")
    assert b"early" not in wire.upstream_got()
    wire.upstream_sends(SWITCH + b"hello")
    raw = wire.client_got_bytes()
    assert raw.startswith(b"HTTP/1.1 101 ")
    assert b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" in raw
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in raw
    assert raw.endswith(b"\r\n\r\nhello")
    assert wire.upstream_got().endswith(b"early")
    wire.client_sends(b"\x81\x00GET / HTTP/1.1\r\n\r\n")
    assert wire.upstream_got().endswith(b"\x81\x00GET / HTTP/1.1\r\n\r\n")


def test_a_handshake_that_is_not_accepted_opens_no_tunnel(wire: Wire) -> None:
    wire.client_sends(HANDSHAKE)
    wire.upstream_sends(b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n")
    wire.client_sends(GET)
    wire.upstream_sends(OK)
    assert [answer.status for answer in wire.client_answers()] == [426, 200]


@pytest.mark.parametrize(
    "switch",
    [
        SWITCH.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
        SWITCH.replace(b"Upgrade: websocket\r\n", b""),
        SWITCH.replace(b"Connection: Upgrade", b"Connection: close"),
        SWITCH.replace(b"s3pP", b"S3pP"),
    ],
)
def test_a_101_that_does_not_match_the_handshake_opens_no_tunnel(wire: Wire, switch: bytes) -> None:
    wire.client_sends(HANDSHAKE)
    wire.upstream_sends(switch)
    assert (wire.client_got().status, wire.upstream.closed) == (502, "abort")


def test_a_101_has_no_length(wire: Wire) -> None:
    wire.client_sends(HANDSHAKE)
    wire.upstream_sends(SWITCH.replace(b"\r\n", b"\r\nContent-Length: 3\r\n", 1) + b"abc")
    assert b"Content-Length" not in wire.client_got_bytes()
    assert wire.client_got_bytes().endswith(b"\r\n\r\nabc")


def test_a_tunnel_ends_when_either_side_does(wire: Wire) -> None:
    wire.client_sends(HANDSHAKE)
    wire.upstream_sends(SWITCH)
    wire.upstream_closes()
    assert wire.client.closed == "close"
    assert wire.observed[0].status == 101


def test_a_tunnel_that_was_held_up_for_a_moment_lives_on(wire: Wire) -> None:
    wire.client_sends(GET[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    wire.upstream_sends(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    )
    wire.upstream_stops_reading()
    wire.upstream_reads_on()
    wire.advance(31)
    assert wire.client.closed == ""


def test_a_websocket_is_among_the_tunnels_until_it_ends(wire: Wire) -> None:
    wire.client_sends(HANDSHAKE)
    assert len(wire.service.tunnels) == 0
    wire.upstream_sends(SWITCH)
    assert len(wire.service.tunnels) == 1
    wire.client_closes()
    assert len(wire.service.tunnels) == 0
