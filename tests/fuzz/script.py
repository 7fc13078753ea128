"""A fuzzed conversation: a client, the gate, the application, and whatever befalls them.

What has to hold after every script, whatever was sent, is checked here; what has to hold for its
content is checked by the tests.
"""

from collections.abc import Callable, Iterable

from hypothesis import strategies as st

from sidegate.core.messages import Exchange
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

    def flood(self, parts: list[bytes]) -> None:
        """Send for as long as the gate reads, while the application says nothing."""
        left = list(parts)
        while self._send(left):
            pass

    def _play(self, step: str, parts: list[bytes]) -> None:
        client = self.wire.client
        upstream = self.wire.upstreams[-1] if self.wire.upstreams else None
        acts: dict[str, Callable[[], object]] = {
            CLIENT: lambda: self._send(parts),
            APPLICATION: self.application.serve,
            TIME: lambda: self.wire.advance(20),
            CLIENT_STOPS: lambda: self._stop(client),
            CLIENT_READS: lambda: self._read_on(client),
            CLIENT_ENDS: lambda: self._end(parts),
            UPSTREAM_STOPS: lambda: upstream and self._stop(upstream),
            UPSTREAM_READS: lambda: upstream and self._read_on(upstream),
            UPSTREAM_CLOSES: lambda: upstream and self.wire.run(upstream.close),
        }
        acts[step]()

    def _end(self, parts: list[bytes]) -> None:
        parts.clear()
        if not self.wire.client.closed:
            self.wire.client_closes()

    def _send(self, parts: list[bytes]) -> bool:
        """Deliver the next piece, if the gate reads; say whether there was one."""
        client = self.wire.client
        if not parts or client.is_closing() or client.is_reading_paused:
            return False
        data = parts.pop(0)
        self.wire.run(lambda: client.protocol.data_received(data))
        assert self.wire.inbound.held <= HELD_LIMIT + len(data)
        return True

    def _stop(self, transport: FakeTransport) -> None:
        if transport not in self.stopped and not transport.is_closing():
            self.stopped.add(transport)
            self.wire.run(transport.protocol.pause_writing)

    def _read_on(self, transport: FakeTransport) -> None:
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
        assert not self.wire.service.connections

    @property
    def is_tunnel(self) -> bool:
        relay = self.wire.inbound._relay
        return relay is not None and relay.is_tunnel

    @property
    def exchanges(self) -> list[Exchange]:
        """Every request that was read, with its outcome, in order."""
        return [exchange for exchange in self.wire.observed if exchange.head.method != b"-"]

    def close(self) -> None:
        self.wire.close()
