"""A fuzzed conversation: a client, the gate, the application, and whatever befalls them.

What has to hold after every script, whatever was sent, is checked here; what has to hold for its
content is checked by the tests.
"""

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from sidegate.http1.intake import HELD_LIMIT
from tests.fuzz.application import Application
from tests.kit.gate import Proxy
from tests.kit.wire import FakeTransport, Wire

CLIENT = "the client sends on"
APPLICATION = "the application answers"
TIME = "time passes"
CLIENT_STOPS = "the client stops reading"
CLIENT_READS = "the client reads on"
UPSTREAM_STOPS = "the application stops reading"
UPSTREAM_READS = "the application reads on"
UPSTREAM_CLOSES = "the application closes"
CLIENT_ENDS = "the client ends its stream"

KIND = (CLIENT, APPLICATION)
EVENTS = (*KIND, TIME, CLIENT_STOPS, CLIENT_READS, UPSTREAM_STOPS, UPSTREAM_READS)
UNKIND = (*EVENTS, UPSTREAM_CLOSES, CLIENT_ENDS)
STEPS = st.lists(st.sampled_from(KIND * 4 + UNKIND), max_size=12)

LONGER_THAN_ANY_LIMIT = 200.0
MOST_LIMITS = 8


class Conversation:
    """One client connection. `gate` is reused, so that what it remembers is put to the test."""

    def __init__(self, gate: Proxy, peer: object) -> None:
        self.gate = gate
        self.wire = Wire(gate, peer=peer, refuse=gate.refuse)
        self.application = Application(self.wire)
        self.stopped: set[FakeTransport] = set()

    def play(self, parts: list[bytes], steps: Iterable[str]) -> None:
        """Play the steps, then everything that is left of the bytes, and let time run out."""
        parts = list(parts)
        for step in steps:
            self._play(step, parts)
        self.application.serve()
        while self._send(parts):
            self.application.serve()
        self._outlast()

    def _play(self, step: str, parts: list[bytes]) -> None:
        wire = self.wire
        client, upstream = wire.client, wire.upstreams[-1] if wire.upstreams else None
        match step:
            case "the client sends on":
                self._send(parts)
            case "the application answers":
                self.application.serve()
            case "time passes":
                wire.advance(20)
            case "the client stops reading":
                self._stop(client)
            case "the client reads on":
                self._read_on(client)
            case "the application stops reading":
                self._stop(upstream)
            case "the application reads on":
                self._read_on(upstream)
            case "the application closes" if upstream is not None:
                wire.run(upstream.close)
            case "the client ends its stream":
                if not client.closed:
                    wire.client_closes()
                parts.clear()

    def _send(self, parts: list[bytes]) -> bool:
        """Deliver the next piece, if the gate reads; say whether there was one."""
        client = self.wire.client
        if not parts or client.is_closing() or client.is_reading_paused:
            return False
        data = parts.pop(0)
        self.wire.run(lambda: client.protocol.data_received(data))
        assert self.wire.inbound.held <= HELD_LIMIT + len(data)
        return True

    def _stop(self, transport: FakeTransport | None) -> None:
        if transport is not None and transport not in self.stopped and not transport.is_closing():
            self.stopped.add(transport)
            self.wire.run(transport.protocol.pause_writing)

    def _read_on(self, transport: FakeTransport | None) -> None:
        if transport in self.stopped and not transport.is_closing():
            self.stopped.remove(transport)
            self.wire.run(transport.protocol.resume_writing)

    def _outlast(self) -> None:
        """Let every limit strike: nothing that a client does keeps a connection for ever."""
        for _ in range(MOST_LIMITS):
            self.wire.advance(LONGER_THAN_ANY_LIMIT)
        if self.is_tunnel:
            self.wire.client_vanishes()
        assert self.wire.client.is_closing()
        assert all(transport.is_closing() for transport in self.wire.upstreams)
        assert self.wire.reported == []
        assert self.gate.reported == []
        assert len(self.wire.service.connections) == 0

    @property
    def is_tunnel(self) -> bool:
        return any(exchange_is_tunnel(relay) for relay in [self.wire.inbound._relay])

    @property
    def exchanges(self) -> list[Any]:
        """Every request that was read, with its outcome, in order."""
        return [exchange for exchange in self.wire.observed if exchange.head.method != b"-"]

    def close(self) -> None:
        self.wire.close()


def exchange_is_tunnel(relay: Any) -> bool:
    return relay is not None and relay.is_tunnel
