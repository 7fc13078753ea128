"""Who is at the other end, and how busy the gate is."""

from typing import Any

import pytest

from sidegate.core.messages import Plan, Respond, Response
from sidegate.net.service import peer_of
from tests.kit.gate import proxy, request
from tests.kit.wire import FakeTransport, Wire


@pytest.mark.parametrize(
    ("name", "tls", "expected"),
    [
        (("192.0.2.1", 5), False, ("192.0.2.1", 5, False, False)),
        (("2001:db8::1", 5, 0, 0), True, ("2001:db8::1", 5, False, True)),
        ("", False, ("", 0, True, False)),
    ],
)
def test_the_peer_is_an_address_or_a_unix_socket(name: Any, *, tls: bool, expected: Any) -> None:
    peer = peer_of(FakeTransport(name, tls=tls))
    assert peer is not None
    assert (peer.address, peer.port, peer.is_unix, peer.is_tls) == expected


def test_a_peer_that_left_before_it_was_looked_at_is_not_trusted() -> None:
    # The kernel forgets the name of a connection that was reset while it waited to be accepted.
    assert peer_of(FakeTransport(None)) is None


def test_a_request_of_a_peer_that_left_gets_no_trust() -> None:
    gate = proxy("--reverse-proxy", "--trusted-ip=10.0.0.0/8")
    with Wire(gate, refuse=gate.refuse, peer=None) as wire:
        wire.client_sends(request(b"/", b"X-Real-IP: 10.1.1.1", method=b"POST"))
        assert wire.upstreams == []


def test_a_connection_is_busy_from_its_first_byte_to_its_answer() -> None:
    def handler(_: object) -> Plan:
        return Respond(Response(204))

    with Wire(handler) as wire:
        assert wire.service.busy() == 0
        wire.client_sends(b"GET / HTTP/1.1\r\n")
        assert wire.service.busy() == 1
        wire.client_sends(b"Host: a\r\n\r\n")
        assert wire.service.busy() == 0
        assert len(wire.service.connections) == 1
        wire.client_vanishes()
        assert len(wire.service.connections) == 0
