"""One client connection: requests in, one after the other, answers out in the same order.

Rule 1: a request is handled only after the answer to the one before was written completely.
Rule 2: bytes that cannot be understood get one answer, and then the connection ends.
Rule 3: whatever is waited for has a deadline, and whatever is kept has a bound.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, cast

from sidegate.core.errors import (
    BadRequest,
    BodyTooLarge,
    RequestError,
    RequestTimeout,
    SidegateError,
)
from sidegate.core.messages import (
    Exchange,
    Forward,
    Later,
    Peer,
    Plan,
    ReadBody,
    RequestHead,
    Respond,
    Response,
)
from sidegate.http1.framing import Body, ChunkedBody, LengthBody
from sidegate.http1.head import CHUNKED, find_end, parse_request
from sidegate.http1.render import CONTINUE, response_bytes
from sidegate.net.back_pressure import Full, Reading
from sidegate.net.pool import WRITE_BUFFER
from sidegate.net.relay import Relay
from sidegate.net.service import Service, peer_of
from sidegate.net.sweeper import NEVER

HELD_LIMIT = 64 << 10
"""Bytes of requests that wait for their turn; beyond, the client is not read."""
DRAIN_LIMIT = 64 << 10
"""Bytes of an unwanted body that are read to save the connection."""
LINGER = 1.0
"""Seconds to go on reading after the last answer, so that the client gets to read it."""

CLIENT_CLOSED = 499  # nginx's name for it in logs: nobody sees this answer


class Inbound(asyncio.Protocol):
    """The protocol of a client connection."""

    __slots__ = (
        "_body",
        "_collect",
        "_collected",
        "_early",
        "_exchange",
        "_held",
        "_is_advancing",
        "_keep_alive",
        "_lingering",
        "_peer",
        "_reading",
        "_relay",
        "_service",
        "_transport",
        "_unsent",
        "deadline",
    )

    def __init__(self, service: Service) -> None:
        # Per connection
        self._service = service
        self._transport: asyncio.Transport | None = None
        self._peer = Peer("")
        self._held: bytearray | bytes = b""  # bytes not read yet: part of a head, or later requests
        self._lingering = -1  # bytes read and dropped since the last answer, -1 before it
        self._unsent = 0  # bytes of the last answer not sent yet, while lingering
        self._is_advancing = False
        self.deadline = NEVER
        # Per request
        self._exchange: Exchange | None = None
        self._body: Body | None = None  # the request's body while it is incomplete
        self._early: list[bytes] = []  # body that came before it was known where it goes
        self._collect: ReadBody | None = None
        self._collected = 0
        self._relay: Relay | None = None
        self._keep_alive = True

    def __repr__(self) -> str:
        return f"<Inbound {self._peer.address} {self._exchange and self._exchange.head!r}>"

    @property
    def is_idle(self) -> bool:
        """Say whether nothing is going on, so that closing loses nothing."""
        return self._exchange is None and not self._held and self._body is None

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # noqa: D102
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_BUFFER)
        self._reading = Reading(self._transport)
        self._peer = peer_of(self._transport)
        self._service.connections.add(self)
        self._service.sweeper.watch(self)
        self.deadline = self._service.monotonic() + self._service.timeouts.header

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002, D102
        self._transport = None
        self.deadline = NEVER
        self._service.sweeper.forget(self)
        self._service.connections.discard(self)
        relay, self._relay = self._relay, None
        if relay is not None:
            relay.client_gone() if not relay.is_tunnel else relay.close_tunnel()
        if self._exchange is not None:
            self._exchange.status = self._exchange.status or CLIENT_CLOSED
            self._report()

    def data_received(self, data: bytes) -> None:  # noqa: D102
        if self._relay is not None and self._relay.is_tunnel:
            self._relay.send(data)
            return
        if self._lingering >= 0:
            self._lingering += len(data)
            if self._lingering > DRAIN_LIMIT:
                self._reading.pause(Full.REQUESTS)
            return
        if self._body is not None:
            data = self._read_body(data)
        if not data:
            return
        if self._exchange is not None:
            self._hold_back(data)
        else:
            self._advance(data)

    def eof_received(self) -> bool:  # noqa: D102
        if self._lingering < 0 and (self._body is not None or (self._held and not self._exchange)):
            self.refuse(BadRequest("the connection ended inside a request"))
        return False  # the transport closes, after what was written is sent

    def pause_writing(self) -> None:  # noqa: D102
        if self._relay is not None:
            self._relay.pause()
        self.deadline = self._service.monotonic() + self._service.timeouts.body_idle

    def resume_writing(self) -> None:  # noqa: D102
        if self._relay is not None:
            self.deadline = NEVER
            self._relay.resume()

    # Reading requests

    def _advance(self, data: bytes) -> None:
        """Read heads and begin exchanges until one is under way or bytes run out."""
        self._is_advancing = True
        try:
            while data or self._held:
                start = len(self._held)
                if start:
                    self._held += data
                    buffer: bytes | bytearray = self._held
                else:
                    buffer = data
                if buffer[:2] == b"\r\n":  # one empty line before a request, RFC 9112 section 2.2
                    buffer, start = buffer[2:], max(0, start - 2)
                end = find_end(buffer, start, self._service.limits)
                if not end:
                    self._await_rest_of_head(buffer, start)
                    return
                head = parse_request(bytes(buffer[:end]), self._service.limits)
                data = bytes(buffer[end:])
                self._held = b""
                data = self._begin(head, data)
                if self._exchange is not None or self._lingering >= 0 or self._transport is None:
                    self._hold_back(data)
                    return
        except RequestError as error:
            self.refuse(error)
        finally:
            self._is_advancing = False

    def _await_rest_of_head(self, buffer: bytes | bytearray, start: int) -> None:
        if buffer and not start:
            self.deadline = self._service.monotonic() + self._service.timeouts.header
        self._held = buffer if isinstance(buffer, bytearray) else bytearray(buffer)

    def _begin(self, head: RequestHead, data: bytes) -> bytes:
        """Start an exchange; return the bytes behind its body as far as they are here."""
        service = self._service
        self._exchange = exchange = Exchange(head, self._peer, service.monotonic())
        self._keep_alive = head.keep_alive and not service.is_closing
        self.deadline = NEVER
        if head.length:
            self._body = ChunkedBody() if head.length == CHUNKED else LengthBody(head.length)
            self.deadline = exchange.started + service.timeouts.body_idle
            if data:
                data = self._read_body(data)
        self._carry_out(service.handler(exchange))
        return data

    def _read_body(self, data: bytes) -> bytes:
        """Take the body's part of `data` to where it goes; return what is behind the body."""
        body = self._body
        assert body is not None  # noqa: S101 - tells mypy what the callers made sure of
        try:
            payload, rest = body.feed(data)
        except BadRequest as error:
            self.refuse(error)
            return b""
        self.deadline = self._service.monotonic() + self._service.timeouts.body_idle
        if self._relay is not None:
            if payload:
                self._relay.send(payload)
        elif self._exchange is not None and payload:
            self._early.append(payload)
        if body.is_done:
            self._body = None
            self._end_of_body()
        elif self._collect is not None:
            self._check_collected(len(payload))
        return rest

    def _end_of_body(self) -> None:
        if self._relay is not None:
            self._relay.end_of_request()
        elif self._collect is not None:
            self._check_collected(0)
        elif self._exchange is None:  # the rest of a body that nobody wanted
            self._between_requests()

    def _hold_back(self, data: bytes) -> None:
        """Keep bytes of later requests until their turn, and stop reading when there are many."""
        if self._lingering >= 0 or not data:
            return
        self._held += data
        if len(self._held) > HELD_LIMIT:
            self._reading.pause(Full.REQUESTS)

    # Carrying out a plan

    def _carry_out(self, plan: Plan) -> None:
        match plan:
            case Forward():
                self._forward(plan)
            case Respond():
                self._respond(plan.response, close=plan.close)
            case Later():
                self.hold()
                self._service.tasks.spawn(self._carry_out_later(plan.work))
            case ReadBody():
                self._collect = plan
                self._collected = 0
                self._check_collected(sum(map(len, self._early)))

    async def _carry_out_later(self, work: Coroutine[Any, Any, Plan]) -> None:
        exchange = self._exchange
        try:
            plan = await work
        except SidegateError as error:
            plan = Respond(self._service.refuse(error, exchange))
        except Exception:
            if self._exchange is exchange and self._transport is not None:
                self.refuse(SidegateError("a handler failed"))
            raise  # the parent of tasks reports it
        if self._transport is not None and self._exchange is exchange:
            self.release()
            self._carry_out(plan)

    def _forward(self, plan: Forward) -> None:
        exchange = self._exchange
        assert exchange is not None  # noqa: S101 - a plan belongs to an exchange
        self._relay = relay = Relay(self, self._service, exchange, plan)
        early, self._early = self._early, []
        for payload in early:
            relay.send(payload)
        if exchange.head.length and self._body is None:
            relay.end_of_request()
        relay.start()

    def _check_collected(self, more: int) -> None:
        """Ask the handler again when the whole body is here, or refuse one that is too large."""
        plan = self._collect
        assert plan is not None  # noqa: S101 - only called while collecting
        self._collected += more
        if self._collected > plan.limit:
            self.refuse(BodyTooLarge(f"body over {plan.limit} bytes"))
        elif self._body is None:
            self._collect = None
            body = b"".join(self._early)
            self._early = []
            self._carry_out(plan.then(body))
        elif self._exchange is not None and self._exchange.head.expects_continue:
            self._exchange.head.expects_continue = False
            self.write(CONTINUE)

    # Answering

    def _respond(self, response: Response, *, close: bool = False) -> None:
        """Write an answer of the gate. A body that is still coming is dropped, if it is small."""
        exchange = self._exchange
        assert exchange is not None  # noqa: S101 - an answer belongs to an exchange
        exchange.status = response.status
        if self._body is not None and not self._is_droppable():
            close = True
        if close:
            self._keep_alive = False
        is_head = exchange.head.method == b"HEAD"
        self.write(
            response_bytes(
                response,
                is_head=is_head,
                close=not self._keep_alive,
                keep_alive=self._keep_alive and exchange.head.minor == 0,
                now=self._service.wall(),
            )
        )
        exchange.sent = 0 if is_head else len(response.body)
        self.answered()

    def _is_droppable(self) -> bool:
        body = self._body
        waits = self._exchange is not None and self._exchange.head.expects_continue
        return isinstance(body, LengthBody) and body.remaining <= DRAIN_LIMIT and not waits

    def refuse(self, error: SidegateError) -> None:
        """Answer with an error and end the connection, if the fault is on this side of the gate."""
        exchange = self._exchange
        if exchange is not None and exchange.status:
            self.truncate(error.code)  # an answer is under way already
            return
        response = self._service.refuse(error, exchange)
        close = isinstance(error, RequestError)
        relay, self._relay = self._relay, None
        if relay is not None:
            relay.client_gone()
        if exchange is not None:
            exchange.reason = exchange.reason or error.code
            if close:
                self._body = None
            self._respond(response, close=close)
            return
        self._keep_alive = False
        self.write(response_bytes(response, is_head=False, close=True, now=self._service.wall()))
        self._linger()

    def answered(self) -> None:
        """Go on after an answer was written completely: the next request, or the end."""
        self._report()
        self._relay = None
        self._collect = None
        self._early = []
        if not self._keep_alive:
            self._linger()
        elif self._body is None:
            self._between_requests()
        else:
            self.deadline = self._service.monotonic() + LINGER

    def _between_requests(self) -> None:
        """Wait for the next request, or go on with one that is here already."""
        self._reading.resume_all()
        self.deadline = self._service.monotonic() + self._service.timeouts.keepalive
        if self._held and not self._is_advancing:
            held, self._held = bytes(self._held), b""
            self._advance(held)

    def _report(self) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.ended = self._service.monotonic()
            self._service.observe(exchange)

    def _linger(self) -> None:
        """End the connection in a way that lets the client read the last answer.

        Closing with unread bytes makes the kernel send a reset, which can destroy the answer on
        its way; so the sending side is closed, and reading goes on for a moment.
        """
        if self._transport is None:
            return
        self._lingering = 0
        self._unsent = sys.maxsize
        self._held = b""
        self._body = None
        self._reading.resume_all()
        self.deadline = self._service.monotonic() + LINGER
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()  # TLS says goodbye by itself

    def _linger_on(self) -> None:
        """Give up lingering, unless the client is still reading the last answer."""
        unsent = 0 if self._transport is None else self._transport.get_write_buffer_size()
        if 0 < unsent < self._unsent:
            self._unsent = unsent
            self.deadline = self._service.monotonic() + self._service.timeouts.body_idle
        else:
            self.abort()

    # What the relay asks for

    def write(self, data: bytes) -> None:
        """Send bytes to the client; ignored when it has left."""
        if self._transport is not None:
            self._transport.write(data)

    def relays(self, relay: Relay) -> bool:
        """Say whether this relay is still the one under way, with a client who waits."""
        return self._relay is relay and self._transport is not None

    def keeps_alive(self) -> bool:
        """Say whether the connection may serve another request after this one."""
        return self._keep_alive and not self._service.is_closing

    def set_keep_alive(self, keep: bool) -> None:  # noqa: FBT001 - one plain value
        """Settle it, now that the answer's head says so."""
        self._keep_alive = keep

    def hold(self) -> None:
        """Stop reading the client until `release`."""
        self._reading.pause(Full.BODY)

    def release(self) -> None:
        """Read the client on."""
        self._reading.resume(Full.BODY)

    def truncate(self, reason: str) -> None:
        """End in the middle of an answer, so that the client sees that it is incomplete."""
        if self._exchange is not None:
            self._exchange.reason = self._exchange.reason or reason
        self.abort()

    def begin_tunnel(self) -> None:
        """Pass on what the client sent ahead of the 101, and from now on everything."""
        self.deadline = NEVER
        self._keep_alive = False
        held, self._held = bytes(self._held), b""
        self._reading.resume(Full.REQUESTS)
        if held and self._relay is not None:
            self._relay.send(held)

    def end_tunnel(self) -> None:
        """Close after what was written is sent."""
        if self._transport is not None:
            self._transport.close()

    # Time and end

    def expire(self) -> None:
        """Do what the passed deadline means in the present state."""
        self.deadline = NEVER
        if self._lingering >= 0:
            self._linger_on()
        elif self._exchange is None and self._body is not None:
            self.abort()
        elif self._exchange is None:
            if self._held:
                self.refuse(RequestTimeout("the head did not come in time"))
            else:
                self.close()
        elif self._exchange.status:
            self.truncate("client_stalled")
        elif self._body is not None and not self._reading.is_paused:
            self.refuse(RequestTimeout("the body did not come in time"))
        elif self._relay is not None:
            self._relay.overdue()

    def close_if_idle(self, before: float) -> None:
        """Close when nothing has gone on since `before` (monotonic seconds); for the drain."""
        if self._relay is not None and self._relay.is_tunnel:
            self.end_tunnel()
        elif self.is_idle and self.deadline - self._service.timeouts.keepalive <= before:
            self.close()

    def close(self) -> None:
        """End the connection after what was written is sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()
