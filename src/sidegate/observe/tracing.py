"""Spans of requests, and of what is done for them. Made only where an option asks for it.

Rule 1: the trace of a request is told by its head: whoever logs it or passes it on reads
        `traceparent` there, which is the gate's own from here on.
Rule 2: a peer whose forwarded fields are believed may say which trace this is, and whether it is
        recorded. Of anybody else the trace is only linked to: nobody outside may fill ours.
Rule 3: what comes into a span stands in the request log too, queries excepted; nobody's name, no
        message of an error (`core.steps`).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import Token
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from sidegate.core.errors import SidegateError
from sidegate.core.messages import (
    NEVER_ASKED,
    Asker,
    Exchange,
    Forward,
    Handler,
    Later,
    Origin,
    Peer,
    Plan,
    ReadBody,
    RequestHead,
)
from sidegate.core.ports import Clock, Randomness
from sidegate.core.steps import CURRENT, UNTOLD, Steps
from sidegate.observe.metrics import METHODS
from sidegate.observe.otlp import Kind, Link, Span, attribute, usual_attribute, written
from sidegate.observe.redact import Redactor
from sidegate.observe.trace import STATE, Context, context_of, replace_context

_SAMPLED = 1
_RANDOM = 2  # W3C Trace Context level 2: the identifier is random enough to sample by
_USUAL = 256  # characters of a host or an identifier
_PLAIN = 64  # characters up to which a word is none of our sealed ones
_BOUND = 1024  # askers that are remembered: clients choose some of what they are told by
_LONGEST_STATE = 512  # W3C Trace Context section 3.3.1.5
_SWITCHING_PROTOCOLS = 101
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Sampler(Protocol):
    """Decides which traces are recorded."""

    def __call__(self, trace_id: bytes, parent: Context | None, state: bytes) -> bool:
        """Say whether spans of this trace are. `parent`: what a trusted peer told."""


@dataclass(slots=True)
class Trace:
    """What is known of a request's trace while it is served.

    `started` and `forwarded`: nanoseconds since the epoch.
    """

    trace_id: bytes
    span_id: bytes
    client_id: bytes  # of the span of the application's part
    parent: bytes
    link: Link | None
    state: bytes
    flags: int
    started: int
    forwarded: int = 0
    origin: Origin | None = None  # where it was forwarded to

    @property
    def is_sampled(self) -> bool:
        """Say whether its spans are sent."""
        return bool(self.flags & _SAMPLED)


class Tracer:
    """Makes the spans. `put` takes each as bytes, and never blocks.

    `trusts` says whether a request's forwarded fields are believed. `quiet_paths`: of probes, which
    have no spans, as they have no metrics. `wall`: seconds since the epoch, finer than the loop's.
    """

    def __init__(
        self,
        put: Callable[[bytes], None],
        *,
        sampler: Sampler,
        trusts: Callable[[Peer], bool],
        redactor: Redactor,
        quiet_paths: tuple[str, ...],
        wall: Clock,
        randomness: Randomness,
    ) -> None:
        self.put = put
        self.randomness = randomness
        self._wall = wall
        self._sampler = sampler
        self._trusts = trusts
        self._redactor = redactor
        self._askers: dict[Asker, bytes] = {}
        self._quiet = frozenset(path.encode() for path in quiet_paths if path)

    # What goes around the handler of all requests

    def around(self, handler: Handler) -> Handler:
        """Return the handler with a trace begun before it."""

        def traced(exchange: Exchange) -> Plan:
            if exchange.head.target.partition(b"?")[0] in self._quiet:
                return handler(exchange)
            trace = self._begin(exchange)
            return self._within(trace, handler(exchange))

        return traced

    def _begin(self, exchange: Exchange) -> Trace:
        head = exchange.head
        told = context_of(head)
        random = self.randomness(32)
        trace_id, parent, link, state, flags = random[:16], b"", None, b"", 0
        if told is not None and self._trusts(exchange.peer):
            trace_id, parent, flags = told.trace_id, told.span_id, told.flags & _RANDOM
            state = _fit(head.index.get(STATE, b""))
            flags |= self._sampler(trace_id, told, state)
        else:
            if told is not None:
                link = Link(told.trace_id, told.span_id, told.flags)
            flags |= self._sampler(trace_id, None, b"")
        trace = exchange.trace = Trace(
            trace_id, random[16:24], random[24:], parent, link, state, flags, self.now()
        )
        replace_context(head, Context(trace_id, trace.client_id, flags), with_state=bool(parent))
        return trace

    def _within(self, trace: Trace, plan: Plan) -> Plan:
        """Return a plan whose later parts know the trace they belong to."""
        if isinstance(plan, Forward):
            trace.forwarded, trace.origin = self.now(), plan.origin
        elif isinstance(plan, Later):
            plan.work = self._later(trace, plan.work)
        elif isinstance(plan, ReadBody):
            then = plan.then
            plan.then = lambda body: self._within(trace, then(body))
        return plan

    async def _later(self, trace: Trace, work: Coroutine[Any, Any, Plan]) -> Plan:
        CURRENT.set(Inside(self, trace.trace_id, trace.span_id, trace.state, trace.flags))
        return self._within(trace, await work)  # the variable is the task's own: nothing to reset

    # What hears of every finished exchange

    def finished(self, exchange: Exchange) -> None:
        """Write the spans of an exchange, if it has any."""
        trace = getattr(exchange, "trace", None)
        if not isinstance(trace, Trace) or not trace.is_sampled:
            return
        end = max(self.now(), trace.forwarded, trace.started)  # the clock may be set back
        path = self._redactor.target(exchange.head.target.partition(b"?")[0])
        if trace.origin is not None:
            self.put(_of_application(exchange, trace, trace.origin, path, end))
        self.put(self._of_gate(exchange, trace, path, end))

    def _of_gate(self, exchange: Exchange, trace: Trace, path: str, end: int) -> bytes:
        method, failed = _method(exchange.head), exchange.status >= 500
        route = exchange.route
        return written(
            Span(
                trace.trace_id,
                trace.span_id,
                trace.parent,
                f"{method} {route}" if route else method,
                Kind.SERVER,
                trace.started,
                end,
                b"".join(self._about(exchange, path, failed=failed)),
                trace.state,
                trace.flags,
                is_remote=True,
                failed=failed,
                link=trace.link,
            )
        )

    def _about(self, exchange: Exchange, path: str, *, failed: bool) -> list[bytes]:
        """Return what is told of a request, by the names of the HTTP conventions."""
        head, asker, reason = exchange.head, exchange.asker, exchange.reason
        told = [
            *_of_method(head),
            attribute("url.path", path),
            usual_attribute("network.protocol.version", "1.1" if head.minor else "1.0"),
            attribute("sidegate.request_id", self._identifier(exchange.request_id)),
        ]
        if exchange.status:
            told.append(usual_attribute("http.response.status_code", exchange.status))
        if asker is not None:
            told.append(self._askers.get(asker) or self._of_asker(asker))
        if exchange.route:
            told.append(usual_attribute("http.route", exchange.route))
        if exchange.provider:
            told.append(usual_attribute("sidegate.provider", exchange.provider))
        if reason:
            told.append(usual_attribute("sidegate.code", reason))
        if failed:
            told.append(usual_attribute("error.type", reason or str(exchange.status)))
        return told

    def _of_asker(self, asker: Asker) -> bytes:
        """Return what is told of who asks for which address, and remember it."""
        told = [
            usual_attribute("url.scheme", asker.scheme),
            *_of_host(self._redactor.text(asker.host, _USUAL), asker.scheme),
        ]
        if asker.client[:1].isalnum() or asker.client[:1] == ":":  # an address is known
            told.append(attribute("client.address", asker.client))
        if len(self._askers) >= _BOUND:
            self._askers.clear()
        found = self._askers[asker] = b"".join(told)
        return found

    def _identifier(self, request_id: str) -> str:
        if request_id.isalnum() and len(request_id) <= _PLAIN and "eyJ" not in request_id:
            return request_id
        return self._redactor.text(request_id, _USUAL)

    def now(self) -> int:
        """Return the nanoseconds since the epoch."""
        return int(self._wall() * 1_000_000_000)

    # Steps that belong to no request

    def new_trace(self) -> tuple[bytes, int]:
        """Return the identifier and the flags of a trace that begins here."""
        trace_id = self.randomness(16)
        return trace_id, int(self._sampler(trace_id, None, b""))


class Apart:
    """Implements `core.steps.Steps` outside of requests: each step begins a trace."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def begin(self, name: str, /, *, is_call: bool) -> _Step:
        """Return a step that is a trace of its own."""
        trace_id, flags = self._tracer.new_trace()
        return _Step(Inside(self._tracer, trace_id, b"", b"", flags), name, is_call=is_call)


@dataclass(frozen=True, slots=True)
class Inside:
    """Implements `core.steps.Steps` within a span."""

    tracer: Tracer
    trace_id: bytes
    span_id: bytes
    state: bytes
    flags: int

    def begin(self, name: str, /, *, is_call: bool) -> Any:
        """Return a step that is a child of this span."""
        return _Step(self, name, is_call=is_call) if self.flags & _SAMPLED else UNTOLD


class _Step:
    """One step; what is begun while it goes on is inside it."""

    __slots__ = ("_around", "_before", "_code", "_kind", "_name", "_started", "_told", "span_id")

    def __init__(self, around: Inside, name: str, *, is_call: bool) -> None:
        self._around = around
        self._name = name
        self._kind = Kind.CLIENT if is_call else Kind.INTERNAL
        self._told: list[bytes] = []
        self._code = ""
        self._started = 0
        self._before: Token[Steps | None] | None = None
        self.span_id = around.tracer.randomness(8)

    def __enter__(self) -> Self:
        around = self._around
        inside = Inside(around.tracer, around.trace_id, self.span_id, around.state, around.flags)
        self._before = CURRENT.set(inside)
        self._started = around.tracer.now()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        around, before = self._around, self._before
        if before is not None:
            CURRENT.reset(before)
        if kind is not None:
            self._code = error.code if isinstance(error, SidegateError) else kind.__name__
        if self._code:
            self.note("error.type", self._code)
        if around.flags & _SAMPLED:
            around.tracer.put(written(self._span()))

    def note(self, key: str, value: str | int, /) -> None:
        """Say more about it."""
        self._told.append(attribute(key, value))

    def fail(self, code: str, /) -> None:
        """Note that it failed."""
        self._code = code

    def _span(self) -> Span:
        around = self._around
        now = around.tracer.now()
        return Span(
            around.trace_id,
            self.span_id,
            around.span_id,
            self._name,
            self._kind,
            self._started,
            max(self._started, now),  # the clock may be set back
            b"".join(self._told),
            around.state,
            around.flags,
            failed=bool(self._code),
        )


def _of_application(exchange: Exchange, trace: Trace, origin: Origin, path: str, end: int) -> bytes:
    """Return the span of what the application did, from forwarding to the end."""
    status, told = exchange.status, _of_method(exchange.head)
    has_answered = exchange.waited != NEVER_ASKED or status == _SWITCHING_PROTOCOLS
    failed = not has_answered or status >= 400
    told.append(usual_attribute("server.address", origin.socket_path or origin.host))
    if not origin.socket_path:
        told.append(usual_attribute("server.port", origin.port))
        url = f"{origin.scheme}://{origin}{path}"
        told.append(attribute("url.full", url))
    if has_answered:
        told.append(usual_attribute("http.response.status_code", status))
    if failed:
        why = str(status) if has_answered else exchange.reason or "client_closed"
        told.append(usual_attribute("error.type", why))
    return written(
        Span(
            trace.trace_id,
            trace.client_id,
            trace.span_id,
            _method(exchange.head),
            Kind.CLIENT,
            trace.forwarded,
            end,
            b"".join(told),
            trace.state,
            trace.flags,
            failed=failed,
        )
    )


def _fit(state: bytes) -> bytes:
    """Return a `tracestate` as spans may have it: of a size to be kept, and text to any reader.

    A proxy that is trusted passes on what its clients wrote there.
    """
    return state if len(state) <= _LONGEST_STATE and state.isascii() else b""


def _method(head: RequestHead) -> str:
    """Return the method as a name of a span has it: a bounded word."""
    return METHODS.get(head.method, "HTTP")


def _of_method(head: RequestHead) -> list[bytes]:
    known = METHODS.get(head.method)
    if known is not None:
        return [usual_attribute("http.request.method", known)]
    return [usual_attribute("http.request.method", "_OTHER")]


def _of_host(host: str, scheme: str) -> list[bytes]:
    """Return the name and the port of an authority; a port that is not written is the scheme's."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        name, port = host, ""
    number = int(port) if port else _DEFAULT_PORTS.get(scheme, 0)
    return [usual_attribute("server.address", name), usual_attribute("server.port", number)]
