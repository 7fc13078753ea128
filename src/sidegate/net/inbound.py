"""One client connection: requests in, one after the other, answers out in the same order.

Rule 1: a request is handled only after the answer to the one before was written completely.
Rule 2: bytes that cannot be understood get one answer, and then the connection ends.
Rule 3: whatever is waited for has a deadline, and whatever is kept has a bound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
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
from sidegate.http1.intake import Intake
from sidegate.http1.render import CONTINUE, response_bytes
from sidegate.net.back_pressure import Full, Reading
from sidegate.net.farewell import LINGER, Farewell
from sidegate.net.pool import WRITE_BUFFER
from sidegate.net.relay import Relay
from sidegate.net.service import Service, cut, peer_of, unread
from sidegate.net.sweeper import NEVER
from sidegate.net.upload import Upload

CLIENT_CLOSED = 499  # nginx's name for it in logs: nobody sees this answer


class Inbound(asyncio.Protocol):
    """The protocol of a client connection."""

    __slots__ = (
        "_body",
        "_collecting",
        "_exchange",
        "_farewell",
        "_intake",
        "_is_advancing",
        "_peer",
        "_quiet_since",
        "_reading",
        "_relay",
        "_service",
        "_transport",
        "_upload",
        "deadline",
        "keep_alive",
    )

    def __init__(self, service: Service) -> None:
        # Per connection
        self._service = service
        self._transport: asyncio.Transport | None = None
        self._peer = Peer("")
        self._intake = Intake(service.limits)
        self._farewell: Farewell | None = None  # set when the last answer was written
        self._quiet_since = 0.0  # monotonic seconds
        self._is_advancing = False
        self.deadline = NEVER
        # Per request
        self._exchange: Exchange | None = None
        self._upload: Upload | None = None  # the request's body, if it has one
        self._body: Upload | None = None  # the same while it is incomplete
        self._collecting: ReadBody | None = None  # the gate itself wants the body
        self._relay: Relay | None = None
        self.keep_alive = True

    def __repr__(self) -> str:
        return f"<Inbound {self._peer.address} {self._exchange and self._exchange.head!r}>"

    @property
    def is_idle(self) -> bool:
        """Say whether nothing is going on, so that closing loses nothing."""
        return self._exchange is None and not self._intake.pending and self._body is None

    @property
    def held(self) -> int:
        """Bytes that came and were not read yet."""
        return len(self._intake)

    @property
    def waiting_since(self) -> float:
        """Monotonic seconds since when nothing was asked for; NEVER while something goes on."""
        is_busy = self._exchange is not None or self._body is not None or self._farewell is not None
        return NEVER if is_busy else self._quiet_since

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # noqa: D102
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_BUFFER)
        self._reading = Reading(self._transport)
        self._service.connections.add(self)
        self._service.sweeper.watch(self)
        self._quiet_since = self._service.monotonic()
        self.deadline = self._quiet_since + self._service.timeouts.header
        peer = peer_of(self._transport)
        if peer is None:
            self.abort()  # it left already, and nobody can say who it was
            return
        self._peer = peer
        refused = self._service.find_room(peer)
        if refused is not None:
            self.refuse(refused) if refused.is_told else self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002, D102
        self._transport = None
        self.deadline = NEVER
        self._service.sweeper.forget(self)
        self._service.connections.discard(self)
        self._service.room.leave(self._peer)
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
        if self._body is not None:
            data = self._read_body(data)
        if self._farewell is not None:
            self._farewell.drop(data)
            return
        if not data:
            return
        intake = self._intake
        is_new = not intake.pending
        intake.feed(data)
        if self._exchange is not None or self._reading.reasons & Full.ANSWERS:
            self._pause_when_full()
        else:
            self._advance(is_new=is_new)
        if intake.pending:
            self._service.hold(len(data))

    def eof_received(self) -> bool:  # noqa: D102
        if self._farewell is None and (
            self._body is not None or (self._intake.pending and not self._exchange)
        ):
            self.refuse(BadRequest("the connection ended inside a request"))
        return False  # the transport closes, after what was written is sent

    def pause_writing(self) -> None:  # noqa: D102
        self._reading.pause(Full.ANSWERS)
        if self._relay is not None:
            self._relay.pause()
        self._await_bytes()

    def resume_writing(self) -> None:  # noqa: D102
        self._reading.resume(Full.ANSWERS)
        self.deadline = NEVER
        if self._relay is not None:
            self._relay.resume()
        elif self._exchange is None and self._farewell is None and self._body is None:
            self._between_requests()
        elif self._exchange is None:  # rule 3: the last words were read, now it has to leave
            self.deadline = self._service.monotonic() + LINGER

    # Reading requests

    def _advance(self, *, is_new: bool = True) -> None:
        """Read heads and begin exchanges until one is under way or bytes run out.

        After as many requests as may be pipelined the other connections have their turn.
        `is_new`: no byte of the next head was here before.
        """
        self._is_advancing = True
        try:
            for _ in range(self._service.limits.pipelined):
                head = self._intake.next_head()
                if head is None:
                    if is_new and self._intake.pending:  # its time runs from its first byte
                        self.deadline = self._service.monotonic() + self._service.timeouts.header
                    return
                is_new = True
                self._begin(head)
                if self._exchange is not None or not self._may_begin():
                    if self._intake.pending:
                        self._pause_when_full()
                    return
            if self._intake.pending:
                self._pause_when_full()
                asyncio.get_running_loop().call_soon(self._between_requests)
        except RequestError as error:
            self.refuse(error)
        finally:
            self._is_advancing = False

    def _may_begin(self) -> bool:
        """Say whether another request may be handled: the client reads what it is answered."""
        return (
            self._farewell is None
            and self._transport is not None
            and not self._reading.reasons & Full.ANSWERS
        )

    def _begin(self, head: RequestHead) -> None:
        """Start an exchange, with as much of its body as is here."""
        service = self._service
        self._exchange = exchange = Exchange(head, self._peer, service.monotonic())
        self.keep_alive = head.keep_alive and not service.is_closing
        self.deadline = NEVER
        if head.length:
            self._body = self._upload = Upload(head.length, service.body_limit)
            self._await_bytes()
            if self._intake.pending:
                rest = self._read_body(self._intake.take())
                if self._exchange is not exchange:
                    return  # refused: the body is broken from its first byte
                if rest:
                    self._intake.feed(rest)
        self._carry_out(service.handler, exchange)

    def _carry_out(self, decide: Callable[[Exchange], Plan], exchange: Exchange) -> None:
        """Carry out what a handler decides. One that raises broke its promise: 500, never more."""
        try:
            match decide(exchange):
                case Forward() as plan:
                    self._forward(plan, exchange)
                case Respond() as plan:
                    self._respond(plan.response, close=plan.close)
                case Later() as plan:
                    self.hold()
                    self._service.tasks.spawn(self._carry_out_later(plan.work, exchange))
                case ReadBody() as plan:
                    self._collect(plan, exchange)
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody may pass because of it
            self._service.tasks.report(error)
            self._break_off()

    def _break_off(self) -> None:
        """Answer 500 if nothing was answered yet, and end the connection in any case."""
        try:
            self.refuse(SidegateError("a handler failed"))
        except Exception as error:  # noqa: BLE001 - as above
            self._service.tasks.report(error)
            self.abort()

    def _read_body(self, data: bytes) -> bytes:
        """Take the body's part of `data` to where it goes; return what is behind the body."""
        body = self._body
        assert body is not None  # noqa: S101 - tells mypy what the callers made sure of
        try:
            rest = body.read(data)
        except RequestError as error:
            self.refuse(error)
            return b""
        if body.is_done:
            self._body = None
            if self._relay is None:  # which has deadlines of its own
                self.deadline = NEVER
            self._end_of_body()
        return rest

    def _end_of_body(self) -> None:
        if self._relay is not None:
            self._relay.end_of_request()
        elif self._collecting is not None:
            then, self._collecting = self._collecting.then, None
            whole = b"" if self._upload is None else self._upload.whole()
            assert self._exchange is not None  # noqa: S101 - whoever collects has one
            self._carry_out(lambda _: then(whole), self._exchange)
        elif self._exchange is None:  # the rest of a body that nobody wanted
            self._between_requests()

    def _pause_when_full(self) -> None:
        """Stop reading while enough requests wait for their turn."""
        if self._intake.pending and self._farewell is None and self._intake.is_full():
            self._reading.pause(Full.REQUESTS)

    # Carrying out a plan

    async def _carry_out_later(self, work: Coroutine[Any, Any, Plan], exchange: Exchange) -> None:
        try:
            plan = await work
        except SidegateError as error:
            plan = Respond(self._service.refuse(error, exchange))
        except Exception:
            if self._exchange is exchange and self._transport is not None:
                self._break_off()
            raise  # the parent of tasks reports it
        if self._transport is not None and self._exchange is exchange:
            self.release()
            self._carry_out(lambda _: plan, exchange)

    def _forward(self, plan: Forward, exchange: Exchange) -> None:
        if exchange.head.length > self._service.body_limit:
            self.refuse(BodyTooLarge(f"Content-Length over {self._service.body_limit} bytes"))
            return
        self._relay = relay = Relay(self, self._service, exchange, plan)
        if self._upload is not None:
            self._upload.pass_to(relay.send)
            if self._body is None:
                relay.end_of_request()
        relay.start()

    def _collect(self, plan: ReadBody, exchange: Exchange) -> None:
        """Read the body first; the client may be waiting to be asked for it."""
        self._collecting = plan
        upload = self._upload
        if exchange.head.length > plan.limit or (
            upload is not None and not upload.narrow(plan.limit)
        ):
            self.refuse(BodyTooLarge(f"body over {plan.limit} bytes"))
        elif self._body is None:
            self._end_of_body()
        elif exchange.head.expects_continue:
            exchange.head.expects_continue = False
            self.write(CONTINUE)

    # Answering

    def _respond(self, response: Response, *, close: bool = False) -> None:
        """Write an answer of the gate. A body that is still coming is dropped, if it is small."""
        exchange = self._exchange
        assert exchange is not None  # noqa: S101 - an answer belongs to an exchange
        exchange.status = response.status
        # Whoever was asked to wait for a 100 may send the body or not: the next byte is a riddle.
        close = close or exchange.head.expects_continue
        body = self._body
        if body is not None:
            close = close or not body.is_soon_over
            body.drop()
            self.release()
        if close:
            self.keep_alive = False
        is_head = exchange.head.method == b"HEAD"
        self.write(
            response_bytes(
                response,
                is_head=is_head,
                close=not self.keep_alive,
                keep_alive=self.keep_alive and exchange.head.minor == 0,
                now=self._service.wall(),
                extra=self._service.own_lines(exchange),
            )
        )
        exchange.sent = 0 if is_head else len(response.body)
        self.answered()

    def refuse(self, error: SidegateError) -> None:
        """Answer with an error and end the connection, if the fault is on this side of the gate."""
        exchange = self._exchange
        if exchange is not None and exchange.status:
            self.truncate(error.code)  # an answer is under way already
            return
        response = self._service.refuse(error, exchange)
        close = isinstance(error, RequestError)
        if exchange is None:  # nobody knows what was asked, or whether anything was
            self._exchange = unread(self._peer, self._service.monotonic())
            self._exchange.reason = error.code
            self._respond(response, close=True)
            return
        relay, self._relay = self._relay, None
        if relay is not None:
            relay.client_gone()
        exchange.reason = exchange.reason or error.code
        if close:
            self._body = None
        self._respond(response, close=close)

    def answered(self) -> None:
        """Go on after an answer was written completely: the next request, or the end."""
        self._report()
        self._relay = self._collecting = self._upload = None
        if not self.keep_alive:
            self._end()
        elif self._body is None:
            self._between_requests()
        else:
            self.deadline = self._service.monotonic() + LINGER

    def _between_requests(self) -> None:
        """Wait for the next request, or go on with one that is here already."""
        if self._exchange is not None or self._body is not None:
            return  # one that came meanwhile is under way
        if self._reading.reasons:
            self._reading.resume(Full.BODY)
        if not self._may_begin():
            return  # `resume_writing` comes here again
        if self._reading.reasons:
            self._reading.resume(Full.REQUESTS)
        self._quiet_since = self._service.monotonic()
        self.deadline = self._quiet_since + self._service.timeouts.keepalive
        if self._intake.pending and not self._is_advancing:
            self._advance()

    def _report(self) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.ended = self._service.monotonic()
            self._service.observe(exchange)

    def _end(self) -> None:
        """End the connection once the client has read the last answer, see `farewell`."""
        if self._transport is None:
            return
        self._intake.take()
        self._body = None
        self.deadline = self._service.monotonic() + LINGER
        self._farewell = Farewell(self._transport, self._reading)

    # What the relay asks for: `net.client` says what each promises

    def write(self, data: bytes) -> None:  # noqa: D102
        if self._transport is not None:
            self._transport.write(data)

    def relays(self, relay: object) -> bool:  # noqa: D102
        return self._relay is relay and self._transport is not None

    def hold(self) -> None:  # noqa: D102
        self._reading.pause(Full.BODY)

    def release(self) -> None:  # noqa: D102
        self._reading.resume(Full.BODY)
        if self._body is not None:
            self._await_bytes()

    def truncate(self, reason: str) -> None:  # noqa: D102
        if self._exchange is not None:
            self._exchange.reason = self._exchange.reason or reason
        if self._transport is not None:
            cut(self._transport)

    def begin_tunnel(self) -> None:
        """Pass on what the client sent ahead of the 101, and from now on everything."""
        self.deadline = NEVER
        self.keep_alive = False
        held = self._intake.take()
        self._reading.resume(Full.REQUESTS)
        if held and self._relay is not None:
            self._relay.send(held)

    def expire(self) -> None:
        """Do what the passed deadline means in the present state."""
        self.deadline = NEVER
        if self._farewell is not None:
            self._await_bytes() if self._farewell.is_being_read() else self.abort()
        elif self._exchange is None and self._body is not None:
            self.abort()
        elif self._exchange is None and self._intake.pending:
            self.refuse(RequestTimeout("the head did not come in time"))
        elif self._exchange is None:
            self.close()
        elif self._reading.reasons & Full.ANSWERS:
            self.truncate("client_stalled")
        elif self._body is not None and not self._reading.reasons:
            late = RequestTimeout("the body did not come in time")
            self._await_bytes() if self._body.has_progressed() else self.refuse(late)
        elif self._relay is not None:
            self._relay.overdue()

    def _await_bytes(self) -> None:
        """Let the time run in which a body has to go on, in whichever direction."""
        self.deadline = self._service.monotonic() + self._service.timeouts.body_idle

    def close_if_idle(self, before: float) -> None:
        """Close when nothing has gone on since `before` (monotonic seconds); for the drain."""
        if (self._relay is not None and self._relay.is_tunnel) or (
            self.is_idle and self._farewell is None and self._quiet_since <= before
        ):
            self.close()

    def close(self) -> None:
        """End the connection after what was written is sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()
