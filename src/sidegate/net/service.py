"""What all client connections of a process share, and who is at the other end of one."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from sidegate.core.errors import SidegateError, TooManyConnections
from sidegate.core.messages import Exchange, Handler, Observer, Peer, RequestHead, Response
from sidegate.core.ports import Clock
from sidegate.http1.head import HeadLimits
from sidegate.net.pool import Pool
from sidegate.net.room import HELD_STEP, MARGIN, Refused, Room, over_budget
from sidegate.net.streams import Streams
from sidegate.net.sweeper import Sweeper
from sidegate.net.tasks import Tasks

_AT_ONCE = struct.pack("ii", 1, 0)  # struct linger: on, for no time
Refuse = Callable[[SidegateError, Exchange | None], Response]
"""Makes the answer for an error; for one on the wire there may be no exchange."""


class Connection(Protocol):
    """A client connection as the listener sees it."""

    @property
    def is_idle(self) -> bool:
        """Say whether no request is under way."""

    @property
    def waiting_since(self) -> float:
        """Monotonic seconds since when nothing was asked for; NEVER while a request is served."""

    @property
    def held(self) -> int:
        """Bytes that came and were not read yet."""

    def close_if_idle(self, before: float) -> None:
        """Close when nothing has gone on since `before`, in monotonic seconds."""

    def close(self) -> None:
        """End it after what was written is sent."""

    def abort(self) -> None:
        """End it at once."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """What a client may take, in seconds."""

    header: float = 30.0
    body_idle: float = 60.0
    keepalive: float = 120.0


@dataclass(slots=True)
class Service:
    """The parts a connection works with. `monotonic`: seconds of the loop; `wall`: of the epoch."""

    handler: Handler
    refuse: Refuse
    observe: Observer
    pool: Pool
    tasks: Tasks
    sweeper: Sweeper
    monotonic: Callable[[], float]
    wall: Clock
    streams: Streams
    limits: HeadLimits = field(default_factory=HeadLimits)
    upstream_limits: HeadLimits = field(default_factory=HeadLimits)
    timeouts: Timeouts = field(default_factory=Timeouts)
    hsts: bytes = b""  # the line for answers over https, empty when it is off
    id_name: bytes = b""  # of the field in which our own answers tell the id of the request
    body_limit: int = sys.maxsize  # bytes of a request's body
    room: Room = field(default_factory=Room)
    on_refused: Callable[[Refused], None] = lambda _: None
    connections: set[Connection] = field(default_factory=set)
    tunnels: set[object] = field(default_factory=set)  # WebSockets that are open
    held_since: int = 0  # bytes that came to stay since the budget was looked at
    is_closing: bool = False  # answers carry `Connection: close` from now on

    def busy(self) -> int:
        """Return how many connections have a request under way."""
        return sum(not connection.is_idle for connection in self.connections)

    def hsts_for(self, exchange: Exchange) -> bytes:
        """Return the line that keeps browsers on https, if this answer goes over https."""
        asker = exchange.asker
        is_https = exchange.peer.is_tls if asker is None else asker.scheme == "https"
        return self.hsts if is_https else b""

    def own_lines(self, exchange: Exchange) -> bytes:
        """Return the lines that each answer of the gate carries.

        An application says for itself whether its answers carry the id, which it was told.
        """
        line = self.hsts_for(exchange)
        if self.id_name and exchange.request_id:
            line += b"%b: %b\r\n" % (self.id_name, exchange.request_id.encode("latin-1"))
        return line

    def find_room(self, peer: Peer) -> TooManyConnections | None:
        """Give a newcomer, who is among `connections`, a place; return why there is none.

        When all are taken, connections that only wait are closed.
        """
        here = len(self.connections)
        if not self.room.enter(peer):
            why = Refused.ADDRESS
        elif self.room.is_over(here) and not self.make_way():
            why = Refused.LIMIT
        else:
            return None
        self.on_refused(why)
        return TooManyConnections(why, is_told=not self.room.is_over(here, MARGIN))

    def make_way(self) -> bool:
        """End connections that only wait, for others; say whether there were any."""
        return self._end_waiting(self.room.make_way(self.connections, self.monotonic()))

    def hold(self, count: int) -> None:
        """Note bytes that stay unread for now; end connections that wait when it is too much.

        Looked at in steps, because a look costs time for every connection.
        """
        self.held_since += count
        if self.held_since > HELD_STEP:
            self.held_since = 0
            self._end_waiting(over_budget(self.connections))

    def _end_waiting(self, leaving: list[Connection]) -> bool:
        for connection in leaving:
            self.on_refused(Refused.EVICTED)
            self.connections.discard(connection)  # its place is free now, not in a moment
            connection.close()
        return bool(leaving)


def unread(peer: Peer, now: float) -> Exchange:
    """Return an exchange for a request whose head could not be read, to be answered and logged."""
    head = RequestHead()
    head.method = head.target = head.host = b"-"
    head.minor, head.length, head.fields, head.index = 1, 0, [], {}
    head.expects_continue = False
    return Exchange(head, peer, now)


def cut(transport: asyncio.Transport) -> None:
    """End a connection with a reset: an answer that was cut must not look complete.

    An answer that ends with its connection, as HTTP/1.0 has them, ends the same way when it is
    whole. With TLS the missing goodbye says it already.
    """
    wire = transport.get_extra_info("socket")
    if wire is not None and wire.family != socket.AF_UNIX:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()


def peer_of(transport: asyncio.BaseTransport) -> Peer | None:
    """Return who is at the other end, or None for a TCP client that has left already.

    A missing name does not make a Unix socket: uvloop has none for a connection that was reset
    before it was looked at, and Unix-socket peers are trusted.
    """
    is_tls = transport.get_extra_info("sslcontext") is not None
    name = transport.get_extra_info("peername")
    if isinstance(name, tuple):
        return Peer(str(name[0]), int(name[1]), is_tls=is_tls)
    wire = transport.get_extra_info("socket")
    if wire is not None and wire.family == socket.AF_UNIX:
        return Peer("", is_unix=True, is_tls=is_tls)
    return None
