"""Addresses are read strictly; a drain lets go of connections without cutting a request."""

import asyncio
import socket
from pathlib import Path

import pytest

from sidegate.core.messages import Exchange, Forward, Plan, Respond, Response
from sidegate.net import listen
from sidegate.net.listen import Address, Listener, drain, parse_address
from tests.kit.wire import ORIGIN, Wire


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:4180", Address("127.0.0.1", 4180)),
        (":4180", Address("", 4180)),
        ("http://0.0.0.0:80", Address("0.0.0.0", 80)),  # noqa: S104 - only read, never opened
        ("[::1]:443", Address("::1", 443)),
        ("unix:///run/a.sock", Address(socket_path="/run/a.sock")),
        ("unix:/run/a.sock,mode=0600", Address(socket_path="/run/a.sock", mode=0o600)),
        ("fd:3", Address(descriptor=3)),
    ],
)
def test_an_address_is_a_port_a_unix_socket_or_a_descriptor(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "4180", "host", "a:b", "a:", "a:-1", "a:65536", "a:\u0664", "a: 80", "unix://rel", "fd:x"],
)
def test_anything_else_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(ValueError, match=r"port|path|descriptor"):
        parse_address(text)


def test_an_address_can_be_shown() -> None:
    shown = [str(parse_address(t)) for t in (":80", "unix:/a", "fd:3")]
    assert shown == ["*:80", "unix:///a", "fd:3"]


def hold(exchange: Exchange) -> Plan:
    """Forward `/slow`, answer everything else."""
    if exchange.head.path == b"/slow":
        return Forward(ORIGIN, b"GET /slow HTTP/1.1\r\n\r\n", 30)
    return Respond(Response(204))


def drained(wire: Wire, limit: float, monkeypatch: pytest.MonkeyPatch) -> int:
    """Drain; the wire's clock goes on instead of anybody sleeping."""
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        wire.now += seconds
        await real(0)

    with monkeypatch.context() as patch:
        patch.setattr(listen.asyncio, "sleep", sleep)
        return wire.loop.run_until_complete(drain(wire.service, limit))


def test_quiet_connections_are_closed_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire(hold) as wire:
        wire.client_sends(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert drained(wire, 25, monkeypatch) == 0
        assert wire.client.closed == "close"
        assert 1 <= wire.now - 1000.0 < 3


def test_a_request_under_way_is_waited_for_and_then_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire(hold) as wire:
        wire.client_sends(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        assert drained(wire, 25, monkeypatch) == 1
        assert wire.now - 1000.0 >= 25
        assert wire.client.closed == "abort"


def test_in_a_drain_the_last_answer_says_that_it_is_the_last() -> None:
    with Wire(hold) as wire:
        wire.service.is_closing = True
        wire.client_sends(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert wire.client_got().header("connection") == "close"
        assert wire.client.closed == "half"


def test_a_stale_socket_is_replaced_and_a_file_is_not(tmp_path: Path) -> None:
    stale, file = tmp_path / "stale", tmp_path / "file"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(stale))
    file.write_text("precious")
    listen._remove_stale_socket(stale)
    listen._remove_stale_socket(file)
    listen._remove_stale_socket(tmp_path / "absent")
    assert not stale.exists()
    assert file.read_text() == "precious"


def test_a_listener_that_was_not_opened_can_be_closed_and_named() -> None:
    with Wire(hold) as wire:
        listener = Listener(Address("127.0.0.1", 0), wire.service, None)
        listener.close()
        assert listener.where == "127.0.0.1:0"


def test_accepted_connections_are_probed_so_that_dead_ones_end() -> None:
    with Wire(hold) as wire:
        listener = Listener(Address("127.0.0.1", 0), wire.service, None)

        async def probed() -> list[int]:
            await listener.open()
            port = int(listener.where.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            (accepted,) = wire.service.connections - {wire.inbound}
            peer = accepted._transport.get_extra_info("socket")  # type: ignore[attr-defined]
            options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE)]
            if hasattr(socket, "TCP_KEEPIDLE"):
                options.append((socket.IPPROTO_TCP, socket.TCP_KEEPIDLE))
            found = [peer.getsockopt(*option) for option in options]
            writer.close()
            listener.close()
            return found

        assert wire.loop.run_until_complete(probed()) in ([1], [1, 60])
