"""Connections to the applications: opened when needed, kept while they are beyond doubt.

Rule 1: a connection goes back only after a complete answer to a completely sent request, with
nothing read behind it. Bytes that come while it is idle end it.
Rule 2: a request that cannot be sent twice gets only a connection that was busy a moment ago, for
an old one may be closing at the other end right now.
Rule 3: what is read in the very turn of the event loop in which a connection was taken was here
before the question was asked. It is no answer, and somebody else's secret may be in it.
"""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from collections.abc import Awaitable, Callable
from typing import Protocol, cast

from sidegate.core.errors import UpstreamUnreachable
from sidegate.core.messages import Origin
from sidegate.net.sweeper import NEVER, Sweeper

CONNECT_TIMEOUT = 2.0
IDLE_TIMEOUT = 55.0
MAX_IDLE = 256
FRESH = 1.0
"""Seconds for which an idle connection is good enough for a request that cannot be repeated."""
WRITE_BUFFER = 256 << 10
_NO_DESCRIPTOR = frozenset({errno.EMFILE, errno.ENFILE})
LAST_WORDS = 64 << 10
"""Bytes of an early answer that are still taken from a connection that was reset."""


class Owner(Protocol):
    """Who uses a connection right now."""

    def upstream_data(self, data: bytes) -> None:
        """Take bytes that came."""

    def upstream_lost(self, error: Exception | None) -> None:
        """Hear that the connection ended; it is gone from the pool already."""

    def upstream_blocked(self) -> None:
        """Send no more for now: the other end does not read."""

    def upstream_unblocked(self) -> None:
        """Send on: it reads again."""


class UpstreamConnection(asyncio.Protocol):
    """One connection to an application, with an owner while it is in use."""

    __slots__ = (
        "_pool",
        "_transport",
        "deadline",
        "idle",
        "is_used",
        "origin",
        "owner",
        "taken_in",
    )

    def __init__(self, origin: Origin, pool: Pool) -> None:
        self.origin = origin
        self.idle = pool.idle_to(origin)  # where it waits between two requests
        self.owner: Owner | None = None
        self.is_used = False  # carried an exchange before: it may be closing at the other end
        self.taken_in = -1  # the turn of the loop in which it was taken from the pool
        self.deadline = NEVER
        self._pool = pool
        self._transport: asyncio.Transport | None = None

    def __repr__(self) -> str:
        state = "in use" if self.owner else "idle"
        return f"<UpstreamConnection {self.origin} {state}>"

    @property
    def is_open(self) -> bool:
        """Say whether bytes can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def idle_for(self, now: float) -> float:
        """Return the seconds since the connection was given back; only for an idle one."""
        return now - (self.deadline - IDLE_TIMEOUT)

    def write(self, data: bytes) -> None:
        """Send bytes; ignored when the connection is gone, of which the owner was told."""
        if self._transport is not None:
            self._transport.write(data)

    def pause(self) -> None:
        """Read no more until `resume`."""
        if self.is_open and self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self.is_open and self._transport is not None:
            self._transport.resume_reading()

    def close(self) -> None:
        """End it after what was written is sent. The owner hears nothing more."""
        self.owner = None
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End it at once. The owner hears nothing more."""
        self.owner = None
        if self._transport is not None:
            self._transport.abort()

    def expire(self) -> None:
        """End an idle connection whose time is over."""
        self.deadline = NEVER
        self.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # noqa: D102 - asyncio's
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_BUFFER)
        self._pool.here += 1
        self._pool.sweeper.watch(self)

    def data_received(self, data: bytes) -> None:  # noqa: D102 - asyncio's
        owner = self.owner
        if owner is None:
            self.close()  # rule 1: nobody asked for these bytes
        elif self.taken_in == self._pool.turn:
            self.abort()  # rule 3
            owner.upstream_lost(None)
        else:
            owner.upstream_data(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: D102 - asyncio's
        last_words = b"" if exc is None or self.owner is None else self._unread()
        self._transport = None
        self._pool.sweeper.forget(self)
        self._pool.forget(self)
        if last_words and self.owner is not None:
            self.owner.upstream_data(last_words)
        owner, self.owner = self.owner, None
        if owner is not None:
            owner.upstream_lost(exc)

    def _unread(self) -> bytes:
        """Return what the other end said before it reset the connection.

        Whoever answers early and closes resets what is still being sent, and the event loop gives
        up on the first failed write, though the answer may be here already. With TLS it is lost.
        The socket is still ours: asyncio and uvloop close it after `connection_lost`.
        """
        transport = self._transport
        if transport is None or transport.get_extra_info("sslcontext") is not None:
            return b""
        try:
            return os.read(transport.get_extra_info("socket").fileno(), LAST_WORDS)
        except OSError:
            return b""

    def pause_writing(self) -> None:  # noqa: D102 - asyncio's
        if self.owner is not None:
            self.owner.upstream_blocked()

    def resume_writing(self) -> None:  # noqa: D102 - asyncio's
        if self.owner is not None:
            self.owner.upstream_unblocked()


def _nobody_leaves() -> bool:
    return False


Connect = Callable[[Origin, "Pool"], Awaitable[UpstreamConnection]]


class Pool:
    """Idle connections by origin, the most recently used first."""

    def __init__(
        self,
        connect: Connect,
        sweeper: Sweeper,
        monotonic: Callable[[], float],
        *,
        keep_alive: bool = True,
    ) -> None:
        self.sweeper = sweeper
        self._connect = connect
        self._monotonic = monotonic
        self._keep_alive = keep_alive
        self._idle: dict[Origin, list[UpstreamConnection]] = {}
        # What was done with connections so far, and how many there are now, in use or not.
        self.opened = self.reused = self.failed = self.here = 0
        self.make_room: Callable[[], bool] = _nobody_leaves  # when no descriptor is free
        self.turn = 0  # of the event loop, counted only where connections are taken
        self._turn_ends = False

    def take(self, origin: Origin, *, repeatable: bool) -> UpstreamConnection | None:
        """Return an idle connection fit for the request, or None: then `open` one."""
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            if not connection.is_open:
                continue
            if not repeatable and connection.idle_for(self._monotonic()) > FRESH:
                idle.append(connection)
                return None
            connection.deadline = NEVER
            if not self._turn_ends:
                self._begin_turn()
            connection.taken_in = self.turn
            self.reused += 1
            return connection
        return None

    def _begin_turn(self) -> None:
        """Have this turn end before new bytes come."""
        self._turn_ends = True
        asyncio.get_running_loop().call_soon(self._end_turn)

    def _end_turn(self) -> None:
        self.turn += 1
        self._turn_ends = False

    async def open(self, origin: Origin) -> UpstreamConnection:
        """Return a new connection. Raises UpstreamUnreachable."""
        self.opened += 1
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                return await self._connect_somehow(origin)
        except TimeoutError:
            self.failed += 1
            raise UpstreamUnreachable(f"no connection to {origin} in time") from None
        except (OSError, ssl.SSLError) as error:
            self.failed += 1
            raise UpstreamUnreachable(f"{origin}: {error}") from None

    async def _connect_somehow(self, origin: Origin) -> UpstreamConnection:
        """Connect; where no descriptor is free, once more when clients that only wait have left."""
        try:
            return await self._connect(origin, self)
        except OSError as error:
            if error.errno not in _NO_DESCRIPTOR or not self.make_room():
                raise
        await asyncio.sleep(0)  # their descriptors are free in the next turn
        return await self._connect(origin, self)

    def give_back(self, connection: UpstreamConnection) -> None:
        """Keep a connection for later, or close it when there are enough."""
        connection.owner = None
        idle = connection.idle
        if not self._keep_alive or len(idle) >= MAX_IDLE or not connection.is_open:
            connection.close()
            return
        connection.is_used = True
        connection.deadline = self._monotonic() + IDLE_TIMEOUT
        idle.append(connection)

    def idle_to(self, origin: Origin) -> list[UpstreamConnection]:
        """Return the idle connections to an origin, a list that stays the same one."""
        return self._idle.setdefault(origin, [])

    @property
    def idle(self) -> int:
        """How many connections wait for a request."""
        return sum(map(len, self._idle.values()))

    def forget(self, connection: UpstreamConnection) -> None:
        """Drop a connection that has ended."""
        self.here -= 1
        if connection in connection.idle:
            connection.idle.remove(connection)

    def close(self) -> None:
        """Close all idle connections."""
        for idle in self._idle.values():
            for connection in tuple(idle):
                connection.close()
            idle.clear()


def connector(verified: ssl.SSLContext | None, unverified: ssl.SSLContext | None) -> Connect:
    """Return the way to open real connections, over TCP, TLS or a Unix socket.

    The contexts are needed only where an origin is `https`; building one costs a megabyte.
    """

    async def connect(origin: Origin, pool: Pool) -> UpstreamConnection:
        loop = asyncio.get_running_loop()

        def build() -> UpstreamConnection:
            return UpstreamConnection(origin, pool)

        context = None
        if origin.scheme == "https":
            context = verified if origin.verify else unverified
            if context is None:
                raise UpstreamUnreachable(f"no TLS context for {origin}")
        if origin.socket_path:
            _, connection = await loop.create_unix_connection(build, origin.socket_path)
        else:
            _, connection = await loop.create_connection(
                build, origin.host, origin.port, ssl=context
            )
        return connection

    return connect
