"""An application that records every byte it gets, and answers the first request as it is told.

It runs on an event loop of its own in a thread. Requests whose target starts with `PROBE` belong
to the test, not to the row: they are answered and leave no trace.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.smuggling.script import plain
from tests.conformance.smuggling.strict import Message, NotStrict, read_request
from tests.integration.processes import LOOPBACK

PROBE = b"/open/probe-"
MARK = b"X-Recorder: yes"


@dataclass(frozen=True)
class Orders:
    """How the first request of a row is answered; `respond` None means as all others.

    `later` follows `later_delay` seconds behind `respond`. `is_early`: at the end of the head,
    without waiting for the body. `closes`: then the connection ends.
    """

    respond: bytes | None = None
    later: bytes = b""
    later_delay: float = 0
    delay: float = 0
    is_early: bool = False
    closes: bool = False


@dataclass
class Record:
    """What came for one row. `requests`: (number of the connection, request, its bytes)."""

    orders: Orders = field(default_factory=Orders)
    requests: list[tuple[int, Message, bytes]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    unread: bytes = b""  # bytes that are no request
    is_first: bool = True

    @property
    def text(self) -> str:
        """All of it in lower case, as the rows compare."""
        raw = b"".join(raw for _, _, raw in self.requests) + self.unread
        return raw.decode("latin-1").lower()


class Line(asyncio.Protocol):
    """One connection from the gate."""

    def __init__(self, recorder: "Recorder") -> None:
        self.recorder = recorder
        self.buffer = b""
        self.is_answered = False  # the request in `buffer`, before it was complete
        self.number = 0
        self.gone = asyncio.Event()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.recorder.opened += 1
        self.number = self.recorder.opened
        self.recorder.lines.add(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        try:
            while self.buffer and self._read():
                pass
        except NotStrict as error:
            self.recorder.record.complaints.append(f"the upstream got what is not HTTP: {error}")
            self._leave()
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._leave()
        self.recorder.lines.discard(self)
        self.gone.set()

    def _leave(self) -> None:
        """Record a request that stays incomplete, or bytes that are none."""
        raw, self.buffer = self.buffer, b""
        try:
            request = read_request(raw)
        except NotStrict:
            request = None
        if request is not None:
            self._note(request, raw)
        else:
            self.recorder.record.unread += raw

    def flush(self) -> None:
        """Record the incomplete request of a connection that is still open."""
        if self.buffer:
            self._leave()

    def _read(self) -> bool:
        """Take the next request; say whether there may be another."""
        request = read_request(self.buffer)
        if request is None:
            return False
        is_probe = request.start[1].startswith(PROBE)
        record = self.recorder.record
        orders = record.orders if record.is_first and not is_probe else Orders()
        if not request.is_complete and not orders.is_early:
            return False
        if not self.is_answered:
            record.is_first = record.is_first and is_probe
            self._answer(orders, request)
            self.is_answered = True
        if not request.is_complete:
            return False
        raw, self.buffer = self.buffer[: request.size], self.buffer[request.size :]
        self.is_answered = False
        if not is_probe:
            self._note(request, raw)
        return True

    def _note(self, request: Message, raw: bytes) -> None:
        self.recorder.record.requests.append((self.number, request, raw))

    def _answer(self, orders: Orders, request: Message) -> None:
        if orders.delay:
            asyncio.get_running_loop().call_later(orders.delay, self._say, orders, request)
        else:
            self._say(orders, request)

    def _say(self, orders: Orders, request: Message) -> None:
        answer = usual_answer(request) if orders.respond is None else orders.respond
        self.transport.write(answer)
        if orders.later:
            loop = asyncio.get_running_loop()
            loop.call_later(orders.later_delay, self.transport.write, orders.later)
        if orders.closes:
            self.transport.close()


def usual_answer(request: Message) -> bytes:
    """Return an answer whose body is the target, so that nobody gets that of another."""
    method, target = request.start
    head = b"HTTP/1.1 200 OK\r\n%b\r\nContent-Length: %d\r\n\r\n" % (MARK, len(target))
    return head if method == b"HEAD" else head + target


class Recorder:
    """The application. One row after the other: `begin`, then `settle`, then read `record`."""

    def __init__(self) -> None:
        self.record = Record()
        self.lines: set[Line] = set()
        self.opened = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(self._listen())
        self.port = int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.port}"

    def begin(self, row: dict[str, Any]) -> None:
        """Forget what came, and answer the next request as the row says."""

        def start() -> None:
            self.record = Record(orders_of(row))

        self._run(_once(start))

    def settle(self) -> Record:
        """Return the record once everything that is here was read."""
        self._run(self._settle())
        return self.record

    def is_open(self, number: int) -> bool:
        """Say whether a connection is still open."""
        return any(line.number == number for line in tuple(self.lines))

    def end(self) -> None:
        """Stop listening and leave."""
        self._run(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: Line(self), LOOPBACK, 0)

    async def _settle(self) -> None:
        if self.record.orders.later and self.record.requests:
            # What comes unasked ends the connection; the next row must not meet it half-way.
            first = self.record.requests[0][0]
            gone = [line.gone for line in self.lines if line.number == first]
            await asyncio.wait_for(asyncio.gather(*(line.wait() for line in gone)), 5)
        for _ in range(4):  # each turn reads what the sockets hold
            await asyncio.sleep(0)
        for line in self.lines:
            line.flush()

    async def _hang_up(self) -> None:
        self._server.close()
        for line in self.lines:
            line.transport.abort()
        for _ in range(4):  # each connection hears of its end
            await asyncio.sleep(0)

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)


async def _once(act: Callable[[], object]) -> None:
    act()


def orders_of(row: dict[str, Any]) -> Orders:
    """Return what a row wants of the application."""
    told = row.get("upstream_raw")
    if not isinstance(told, dict):
        told = {"respond": told}
    respond = told.get("respond_before_body", told.get("respond"))
    return Orders(
        None if respond is None else plain(respond),
        plain(told.get("later") or ""),
        told.get("later_ms", 0) / 1000,
        row.get("up_delay_ms", 0) / 1000,
        "respond_before_body" in told,
        bool(row.get("upstream_close")),
    )
