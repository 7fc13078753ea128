r"""A gate without sockets: bytes in, bytes out.

    wire = Wire(handler)
    wire.client_sends(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert wire.upstream_got() == b"GET / ..."
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    assert wire.client_got().status == 200

The real connection, relay and pool run on an event loop; only the transports are ours, and time
stands still until `advance` moves it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Self

import h11

from sidegate.core.errors import SidegateError, UpstreamUnreachable
from sidegate.core.messages import Exchange, Handler, Origin, Response
from sidegate.http1.head import HeadLimits
from sidegate.net.inbound import Inbound
from sidegate.net.pool import Pool, UpstreamConnection
from sidegate.net.room import Refused, Room
from sidegate.net.service import Service, Timeouts
from sidegate.net.streams import Streams
from sidegate.net.sweeper import Sweeper
from sidegate.net.tasks import Tasks

_ON = (1).to_bytes(4, sys.byteorder)
NOW = 1_795_000_000.0
ORIGIN = Origin("http", "127.0.0.1", 8080)


class FakeTransport(asyncio.Transport):
    """Records what was written and whether it was closed; plays full or empty send buffers."""

    def __init__(self, peer: object = ("192.0.2.1", 50000), *, tls: bool = False) -> None:
        family = socket.AF_UNIX if isinstance(peer, str) else socket.AF_INET
        super().__init__(
            {
                "peername": peer,
                "sslcontext": object() if tls else None,
                "socket": SimpleNamespace(
                    family=family, fileno=lambda: self._unread, setsockopt=self._set_option
                ),
            }
        )
        self._unread = -1
        self.written = bytearray()
        self.is_reset = False  # its end is a reset
        self.is_reading_paused = False
        self.closed = ""  # "close", "abort" or "eof"
        self.unsent = 0
        self.protocol: Any = None

    def break_with(self, unread: bytes) -> None:
        """End with a reset, while bytes that nobody has read yet are in the socket."""
        self._unread, end = os.pipe()
        os.write(end, unread)
        os.close(end)
        self.protocol.connection_lost(ConnectionResetError())
        os.close(self._unread)

    def _set_option(self, level: int, name: int, value: bytes) -> None:
        self.is_reset = (level, name, value[:4]) == (socket.SOL_SOCKET, socket.SO_LINGER, _ON)

    def write(self, data: Any) -> None:
        if self.closed in ("", "half"):
            self.written += data

    def write_eof(self) -> None:
        self.closed = "half"

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        self._end("close")

    def abort(self) -> None:
        self._end("abort")

    def is_closing(self) -> bool:
        return self.closed in ("close", "abort")

    def pause_reading(self) -> None:
        self.is_reading_paused = True

    def resume_reading(self) -> None:
        self.is_reading_paused = False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def _end(self, how: str) -> None:
        if self.closed not in ("close", "abort"):
            self.closed = how
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)


@dataclass
class Answer:
    """An answer as h11, a parser that is not ours, reads it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    is_complete: bool

    def header(self, name: str) -> str | None:
        values = [value for key, value in self.headers if key == name.lower()]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None


def read_answers(raw: bytes, methods: list[str], *, ended: bool) -> list[Answer]:
    """Parse what a client received for requests with these methods."""
    answers: list[Answer] = []
    connection = h11.Connection(h11.CLIENT)
    connection.receive_data(raw)
    for method in methods:
        if connection.our_state is h11.DONE:
            connection.start_next_cycle()
        if connection.our_state is not h11.IDLE:
            break  # the answer before said that it was the last
        connection.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
        connection.send(h11.EndOfMessage())
        answer = _next_answer(connection, ended=ended)
        if answer is None:
            break
        answers.append(answer)
    return answers


def _next_answer(connection: h11.Connection, *, ended: bool) -> Answer | None:
    answer: Answer | None = None
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:
            return answer
        if event is h11.NEED_DATA:
            if not ended:
                return answer
            ended = False
            connection.receive_data(b"")
        elif isinstance(event, h11.Response):
            headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in event.headers]
            answer = Answer(event.status_code, headers, b"", is_complete=False)
        elif isinstance(event, h11.Data) and answer is not None:
            answer.body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage) and answer is not None:
            answer.is_complete = True
            return answer
        elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
            return answer


def plain_refusal(error: SidegateError, exchange: Exchange | None) -> Response:
    """Answer an error with its code as the body."""
    del exchange
    return Response(error.status, [("Content-Type", "text/plain")], error.code.encode())


class Wire:
    """One client connection to a gate, and the application behind it."""

    def __init__(
        self,
        handler: Handler,
        *,
        peer: object = ("192.0.2.1", 50000),
        timeouts: Timeouts | None = None,
        limits: HeadLimits | None = None,
        body_limit: int = sys.maxsize,
        room: Room | None = None,
        hsts: bytes = b"",
        id_name: bytes = b"",
        tls: bool = False,
        refuse: Callable[[SidegateError, Exchange | None], Response] = plain_refusal,
    ) -> None:
        self.loop = asyncio.new_event_loop()
        self.now = 1000.0
        self.observed: list[Exchange] = []
        self.reported: list[BaseException] = []
        self.refused: list[Refused] = []
        self.upstreams: list[FakeTransport] = []
        self.refuse_connections = False
        self.hold_connections: asyncio.Event | None = None
        self.sweeper = Sweeper(lambda: self.now, self.reported.append)
        self.pool = Pool(self._connect, self.sweeper, lambda: self.now)
        tasks = Tasks(self.reported.append)
        self.streams: Streams = getattr(
            handler, "streams", Streams(lambda: self.now, lambda: NOW, tasks.spawn)
        )
        self.streams.monotonic = lambda: self.now
        self.sweeper.watch(self.streams)
        self.service = Service(
            handler=handler,
            refuse=refuse,
            observe=self.observed.append,
            pool=self.pool,
            tasks=tasks,
            sweeper=self.sweeper,
            monotonic=lambda: self.now,
            wall=lambda: NOW,
            streams=self.streams,
            timeouts=timeouts or Timeouts(),
            limits=limits or HeadLimits(),
            body_limit=body_limit,
            room=room or Room(),
            on_refused=self.refused.append,
            hsts=hsts,
            id_name=id_name,
        )
        self._methods: list[str] = []
        self.client = self.connect(peer, tls=tls)

    def connect(self, peer: object = ("192.0.2.1", 50000), *, tls: bool = False) -> FakeTransport:
        """Open a client connection; the first one is `client`."""
        transport = FakeTransport(peer, tls=tls)
        inbound = Inbound(self.service)
        transport.protocol = inbound
        self.inbound = inbound
        self._run(lambda: inbound.connection_made(transport))
        return transport

    async def _connect(self, origin: Origin, pool: Pool) -> UpstreamConnection:
        if self.hold_connections is not None:
            await self.hold_connections.wait()
        if self.refuse_connections:
            raise UpstreamUnreachable(str(origin))
        transport = FakeTransport()
        connection = UpstreamConnection(origin, pool)
        transport.protocol = connection
        connection.connection_made(transport)
        self.upstreams.append(transport)
        return connection

    def client_sends(self, data: bytes) -> None:
        """Let bytes arrive from the client, in one piece."""
        for line in data.split(b"\r\n"):
            if line.endswith((b" HTTP/1.1", b" HTTP/1.0")):
                self._methods.append(line.split(b" ")[0].decode("latin-1"))
        self._run(lambda: self.client.protocol.data_received(data))

    def client_closes(self) -> None:
        """Let the client's end of stream arrive."""

        def eof() -> None:
            if not self.client.protocol.eof_received():
                self.client.close()

        self._run(eof)

    def client_vanishes(self) -> None:
        """Let the client connection break."""
        self._run(self.client.abort)

    def client_stops_reading(self) -> None:
        """Let the buffer towards the client run full."""
        self._run(self.client.protocol.pause_writing)

    def client_reads_on(self) -> None:
        """Let the buffer towards the client run empty."""
        self._run(self.client.protocol.resume_writing)

    def client_got_bytes(self) -> bytes:
        """Return all that was written to the client."""
        return bytes(self.client.written)

    def client_got(self) -> Answer:
        """Return the last answer to the client."""
        answers = self.client_answers()
        assert answers, f"no answer: {self.client_got_bytes()!r}"
        return answers[-1]

    def client_answers(self) -> list[Answer]:
        """Return all answers to the client, in order."""
        methods = self._methods or ["GET"]
        return read_answers(self.client_got_bytes(), methods, ended=self.client.closed != "")

    @property
    def upstream(self) -> FakeTransport:
        """The newest connection to the application."""
        return self.upstreams[-1]

    def upstream_got(self) -> bytes:
        """Return all that was written to the application, over all connections."""
        return b"".join(bytes(transport.written) for transport in self.upstreams)

    def upstream_sends(self, data: bytes) -> None:
        """Let bytes arrive from the application."""
        self._run(lambda: self.upstream.protocol.data_received(data))

    def upstream_closes(self) -> None:
        """Let the application end its connection."""
        self._run(self.upstream.close)

    def upstream_resets(self, unread: bytes) -> None:
        """Let a write to the application fail, while bytes of it wait to be read."""
        self._run(lambda: self.upstream.break_with(unread))

    def upstream_stops_reading(self) -> None:
        """Let the buffer towards the application run full."""
        self._run(self.upstream.protocol.pause_writing)

    def upstream_reads_on(self) -> None:
        """Let the buffer towards the application run empty."""
        self._run(self.upstream.protocol.resume_writing)

    def advance(self, seconds: float) -> None:
        """Move time and let deadlines strike."""
        self.now += seconds
        self._run(self.sweeper.sweep)

    def run(self, act: Callable[[], object]) -> None:
        """Call something inside the event loop and let everything settle."""
        self._run(act)

    def _run(self, act: Callable[[], object]) -> None:
        async def inside() -> None:
            act()
            for _ in range(10):
                await asyncio.sleep(0)

        self.loop.run_until_complete(inside())

    def wait_for_work(self) -> None:
        """Let work in other threads end, and whatever waits for it."""

        async def inside() -> None:
            while running := tuple(self.service.tasks._running):
                await asyncio.wait(running)

        self.loop.run_until_complete(inside())

    def close(self) -> None:
        """Release the loop."""
        self.loop.run_until_complete(self.service.tasks.cancel())
        self.loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
