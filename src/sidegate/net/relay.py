"""One forwarded exchange: the request to the application, its answer to the client.

Rule 1: an answer is parsed and written anew, never passed through.
Rule 2: a client can always see that an answer is incomplete: the connection ends without an end.
Rule 3: nothing is sent twice, except a request without a body and without effect, once, when a
connection from the pool turned out to be closed before one byte of the answer came.
Rule 4: a connection is kept only when the application has read the request beyond doubt. One that
answers before it has read a long body would take the rest of it for a request.
"""

from __future__ import annotations

from sidegate.core.errors import (
    RequestError,
    UpstreamError,
    UpstreamGarbled,
    UpstreamSilent,
    UpstreamStalled,
    UpstreamTruncated,
    UpstreamUnreachable,
)
from sidegate.core.messages import Exchange, Forward
from sidegate.http1.framing import LAST_CHUNK, Body, ChunkedBody, LengthBody, UntilClose, as_chunk
from sidegate.http1.handshake import is_accepted
from sidegate.http1.head import CHUNKED, CONNECTIONS, find_end
from sidegate.http1.render import CLOSE, CONTINUE, KEEP_ALIVE, http_date
from sidegate.http1.response_head import UNTIL_CLOSE, ResponseHead, parse_response, recognize
from sidegate.net.answer_head import all_passed_on, passed_on
from sidegate.net.client import Client
from sidegate.net.farewell import LINGER
from sidegate.net.pool import UpstreamConnection
from sidegate.net.service import Service
from sidegate.net.streams import REASON, Stream
from sidegate.net.sweeper import NEVER

_SAFE_TO_REPEAT = frozenset({b"GET", b"HEAD", b"OPTIONS"})
_MAX_INTERIM = 16
_LONG_BODY = 64 << 10
"""Bytes of a request's body that an application may leave unread, see rule 4."""
_CHUNKED = b"Transfer-Encoding: chunked\r\n"


class Relay:
    """Moves one exchange between a client connection and an upstream connection."""

    __slots__ = (
        "_asked_at",
        "_body",
        "_body_sent",
        "_chunks_out",
        "_exchange",
        "_held",
        "_inbound",
        "_interim",
        "_pause_limit",
        "_plan",
        "_repeatable",
        "_request_sent",
        "_service",
        "_stream",
        "_unsent",
        "_upstream",
        "_upstream_keeps",
        "is_tunnel",
    )

    def __init__(
        self, inbound: Client, service: Service, exchange: Exchange, plan: Forward
    ) -> None:
        self.is_tunnel = False
        self._inbound = inbound
        self._service = service
        self._exchange = exchange
        self._plan = plan
        self._upstream: UpstreamConnection | None = None
        self._unsent: list[bytes] = []  # request body that came before the connection stood
        self._asked_at = 0.0  # monotonic seconds: when the request was sent as far as it was here
        self._body_sent = 0  # bytes
        self._request_sent = exchange.head.length == 0
        self._repeatable = self._request_sent and exchange.head.method in _SAFE_TO_REPEAT
        self._held = b""  # part of the answer's head
        self._interim = 0
        self._body: Body | None = None  # the answer's body, None before its head came
        self._chunks_out = False
        self._pause_limit = NEVER  # seconds the answer's body may pause; event streams as they like
        self._upstream_keeps = False
        self._stream: Stream | None = None  # set when it stays open and somebody is signed in

    def __repr__(self) -> str:
        return f"<Relay {self._exchange.head!r} to {self._plan.origin}>"

    # Towards the application

    def start(self) -> None:
        """Send the request's head, over a kept connection if there is one."""
        upstream = self._service.pool.take(self._plan.origin, repeatable=self._repeatable)
        if upstream is None:
            self._inbound.hold()
            self._service.tasks.spawn(self._open())
        else:
            self._attach(upstream)

    async def _open(self) -> None:
        try:
            upstream = await self._service.pool.open(self._plan.origin)
        except UpstreamUnreachable as error:
            self._fail(error)
            return
        if self._inbound.relays(self):
            self._inbound.release()
            self._attach(upstream)
        else:
            self._service.pool.give_back(upstream)  # the client left; nothing was sent on it

    def _attach(self, upstream: UpstreamConnection) -> None:
        self._upstream = upstream
        upstream.owner = self
        upstream.write(self._plan.head)
        self._asked_at = now = self._service.monotonic()
        if not self._repeatable:
            self._send_body(upstream)
        if self._request_sent:
            self._inbound.deadline = now + self._plan.timeout

    def _send_body(self, upstream: UpstreamConnection) -> None:
        """Send what came of the request's body by now, or ask for it."""
        if self._exchange.head.expects_continue and not self._request_sent and not self._unsent:
            self._inbound.write(CONTINUE)
        for piece in self._unsent:
            upstream.write(piece)
        self._unsent.clear()

    def send(self, payload: bytes) -> None:
        """Send a part of the request's body. In a tunnel: bytes as they are."""
        if self.is_tunnel:
            piece = payload
        else:
            self._body_sent += len(payload)
            piece = as_chunk(payload) if self._exchange.head.length == CHUNKED else payload
        if self._upstream is None:
            self._unsent.append(piece)
        else:
            self._upstream.write(piece)

    def end_of_request(self) -> None:
        """Note that the request's body is complete; from now on the application has to answer."""
        self._request_sent = True
        if self._exchange.head.length == CHUNKED:
            if self._upstream is None:
                self._unsent.append(LAST_CHUNK)
            else:
                self._upstream.write(LAST_CHUNK)
        if self._body is None:
            self._asked_at = now = self._service.monotonic()
            self._inbound.deadline = now + self._plan.timeout

    def upstream_blocked(self) -> None:
        """Stop reading the client: the application does not read."""
        self._inbound.hold()
        if self._body is None:
            self._inbound.deadline = self._service.monotonic() + self._plan.timeout

    def upstream_unblocked(self) -> None:
        """Read the client on."""
        self._inbound.release()
        if self.is_tunnel:
            self._inbound.deadline = NEVER

    # Towards the client

    def pause(self) -> None:
        """Stop reading the application: the client does not read."""
        if self._upstream is not None:
            self._upstream.pause()

    def resume(self) -> None:
        """Read the application on."""
        if self._upstream is not None:
            self._upstream.resume()
        if self._body is not None:
            self._expect_more()
        elif not self.is_tunnel:
            self._inbound.deadline = self._service.monotonic() + self._plan.timeout

    def upstream_data(self, data: bytes) -> None:
        """Carry on with bytes of the answer."""
        try:
            if self.is_tunnel:
                self._exchange.sent += len(data)
                self._inbound.write(data)
            elif self._body is None:
                self._read_head(data)
            else:
                self._pass_body(b"", *self._body.feed(data))
        except (UpstreamGarbled, RequestError) as error:
            # Head and chunk readers speak of the sender as of a client; here it is the upstream.
            self._fail(UpstreamGarbled(f"{type(error).__name__}: {error}"))

    def _read_head(self, data: bytes) -> None:
        method = self._exchange.head.method
        if not self._held:
            known = recognize(data, method)
            if known is not None and known.status >= 200:
                self._begin_answer(known, data[known.size :])
                return
        start = len(self._held)
        if start:
            data, self._held = self._held + data, b""
        while True:
            end = find_end(data, start, self._service.upstream_limits)
            if not end:
                self._held = data
                return
            head = parse_response(data[:end], method, self._service.upstream_limits)
            data, start = data[end:], 0
            if head.status >= 200:
                self._begin_answer(head, data)
                return
            if head.status == 101:
                self._open_tunnel(head, data)
                return
            self._pass_interim(head)

    def _pass_interim(self, head: ResponseHead) -> None:
        """Hand on 103, keep every other 1xx; an endless row of them is an attack."""
        self._interim += 1
        if self._interim > _MAX_INTERIM:
            raise UpstreamGarbled("too many interim answers")
        if head.status == 103 and self._exchange.head.minor == 1:
            self._inbound.write(all_passed_on(head) + b"\r\n")

    def _begin_answer(self, head: ResponseHead, rest: bytes) -> None:
        """Write the answer's head anew and go on with what came behind it."""
        exchange, service, inbound = self._exchange, self._service, self._inbound
        body, payload, behind = None, rest, b""
        if head.length != len(rest):  # else the whole answer is here, as most are
            body = _body_of(head.length)
            payload, behind = body.feed(rest)  # garbled ones are 502 while nothing was written
        exchange.status = head.status
        exchange.waited = service.monotonic() - self._asked_at
        inbound.deadline = NEVER
        is_read = self._request_sent
        self._upstream_keeps = head.keep_alive and is_read and self._body_sent <= _LONG_BODY
        keep = is_read and inbound.keep_alive and not service.is_closing
        lines = [passed_on(head, self._plan), self._plan.extra]
        if service.hsts and b"strict-transport-security" not in head.index:
            lines.append(service.hsts_for(exchange))
        if b"date" not in head.index:  # RFC 9110 section 6.6.1: added by whoever has a clock
            lines.append(b"Date: %b\r\n" % http_date(service.wall()))
        if head.length < 0:
            keep = self._frame_unknown_length(lines, keep=keep)
        if not keep:
            lines.append(CLOSE)
        elif exchange.head.minor == 0:
            lines.append(KEEP_ALIVE)
        inbound.keep_alive = keep
        lines.append(b"\r\n")
        if body is None:
            exchange.sent = head.length
            lines.append(payload)
            inbound.write(b"".join(lines))
            self._finish(clean=True)
            return
        self._body = body
        if head.index.get(b"content-type", b"").startswith(b"text/event-stream"):
            self._stay_open()
        else:
            self._pause_limit = self._service.timeouts.body_idle
        self._pass_body(b"".join(lines), payload, behind)

    def _frame_unknown_length(self, lines: list[bytes], *, keep: bool) -> bool:
        """Choose how the client learns of the end: by chunks, or for HTTP/1.0 by the close."""
        if self._exchange.head.minor == 1:
            self._chunks_out = True
            lines.append(_CHUNKED)
            return keep
        return False

    def _pass_body(self, before: bytes, payload: bytes, behind: bytes) -> None:
        """Write `before` and a piece of the body to the client; finish when the body is.

        `behind`: bytes that came after the end of the body, and that nobody asked for.
        """
        body = self._body
        assert body is not None  # noqa: S101 - tells mypy what the callers made sure of
        self._exchange.sent += len(payload)
        out = payload
        if self._chunks_out:
            out = (as_chunk(payload) if payload else b"") + (LAST_CHUNK if body.is_done else b"")
        if before:
            out = before + out
        if out:
            self._inbound.write(out)
        if body.is_done:
            self._finish(clean=not behind)
        else:
            self._expect_more()

    def _expect_more(self) -> None:
        """Let the time run in which the next piece of the answer has to come."""
        self._inbound.deadline = self._service.monotonic() + self._pause_limit

    def _finish(self, *, clean: bool) -> None:
        """Let go of the upstream connection and tell the client's side that all was written."""
        if self._stream is not None:
            self._forget_stream()
        upstream, self._upstream = self._upstream, None
        if upstream is not None:
            if clean and self._upstream_keeps:
                self._service.pool.give_back(upstream)
            else:
                upstream.abort()
        self._inbound.answered()

    # Ends that nobody wants

    def upstream_lost(self, error: Exception | None) -> None:
        """Decide what the end of the upstream connection means."""
        self._forget_stream()
        upstream, self._upstream = self._upstream, None
        if self.is_tunnel:
            self._inbound.close()
        elif isinstance(self._body, UntilClose) and error is None:
            if self._chunks_out:
                self._inbound.write(LAST_CHUNK)
            self._inbound.answered()
        elif self._body is not None:
            self._inbound.truncate(UpstreamTruncated.code)
        elif upstream is not None and upstream.is_used and self._may_repeat():
            self._repeatable = False  # rule 3: once
            self._inbound.hold()
            self._service.tasks.spawn(self._open())
        else:
            self._fail(UpstreamGarbled("connection ended before an answer"))

    def _may_repeat(self) -> bool:
        """Say whether nobody can tell that the request was sent before: rule 3."""
        return self._repeatable and not self._held and not self._interim

    def overdue(self) -> None:
        """Give up waiting for the answer, or for the rest of it."""
        if self._body is None:
            self._fail(UpstreamSilent(f"no answer in {self._plan.timeout} s"))
        else:
            self._inbound.truncate(UpstreamStalled.code)

    def client_gone(self) -> None:
        """End the request at the application: nobody waits for the answer."""
        self._forget_stream()
        if self._upstream is not None:
            self._upstream.abort()
            self._upstream = None

    def close_tunnel(self) -> None:
        """End the application's side of the tunnel after what was written is sent."""
        self._forget_stream()
        if self._upstream is not None:
            self._upstream.close()
            self._upstream = None

    def _fail(self, error: UpstreamError) -> None:
        if not self._inbound.relays(self):
            return  # the client left while the connection was being opened
        self.client_gone()
        if self._body is None and not self.is_tunnel:
            self._inbound.refuse(error)
        else:
            self._inbound.truncate(error.code)

    # Tunnel

    def _open_tunnel(self, head: ResponseHead, rest: bytes) -> None:
        """Switch both connections to bytes as they are, if the 101 is what was asked for."""
        request, answer = self._exchange.head.index, head.index
        upgrades = CONNECTIONS[answer.get(b"connection", b"")].upgrades
        if not self._plan.websocket or not is_accepted(request, answer, upgrades=upgrades):
            raise UpstreamGarbled("101 that nobody asked for")
        self._exchange.status = 101
        self._inbound.write(
            b"%bUpgrade: websocket\r\nConnection: Upgrade\r\n%b\r\n%b"
            % (all_passed_on(head), self._plan.extra, rest)
        )
        self.is_tunnel = True
        self._service.tunnels.add(self)
        self._stay_open()
        self._inbound.begin_tunnel()

    # What stays open

    def _stay_open(self) -> None:
        """Have whoever opened this looked at from now on, see `net.streams`."""
        if self._plan.session is not None:
            streams = self._service.streams
            self._stream = streams.open(self._plan.session, self._exchange, self._end_stream)

    def _end_stream(self) -> None:
        """End what is open: whoever opened it may not go on.

        A tunnel is closed after what was written is sent, and for good when nobody reads that. Its
        frames are not parsed, so that nobody could tell where one with a status would fit in.
        """
        self.client_gone()
        if self.is_tunnel:
            self._inbound.deadline = self._service.monotonic() + LINGER
            self._inbound.close()
        else:
            self._inbound.truncate(REASON)

    def _forget_stream(self) -> None:
        if self.is_tunnel:
            self._service.tunnels.discard(self)
        if self._stream is not None:
            self._service.streams.forget(self._stream)
            self._stream = None


def _body_of(length: int) -> Body:
    if length == CHUNKED:
        return ChunkedBody()
    return UntilClose() if length == UNTIL_CLOSE else LengthBody(length)
