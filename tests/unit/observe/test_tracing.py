"""A request and what is done for it are spans of one trace, and the application is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sidegate.core.errors import StateMismatch
from sidegate.core.messages import Exchange, Later, Plan, ReadBody, Respond, Response
from sidegate.core.steps import CURRENT, step
from sidegate.observe.trace import context_of, trace_id_of
from sidegate.observe.tracing import Apart
from tests.kit.gate import cookie_for, proxy, renewable, request, sent_fields
from tests.kit.spans import Spans
from tests.kit.wire import Wire

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
TOLD = f"traceparent: 00-{TRACE}-{PARENT}-01".encode()
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def traced(spans: Spans, *flags: str, handler: Any = None, **how: Any) -> Iterator[Wire]:
    """Yield a wire to a gate whose requests are traced."""
    handler = handler or proxy(*flags)
    around = spans.tracer.around(handler)
    with Wire(around, refuse=getattr(handler, "refuse", None) or _refuse, **how) as wire:
        observe = wire.service.observe

        def observed(exchange: Exchange) -> None:
            observe(exchange)
            spans.tracer.finished(exchange)

        wire.service.observe = observed
        yield wire


def _refuse(*_: object) -> Response:
    return Response(500)


PUBLIC = "--skip-auth-route=^/pub"


def parent_sent(wire: Wire) -> str:
    """Return the `traceparent` that the application got, the only one."""
    (value,) = [value for name, value in sent_fields(wire.upstream_got()) if name == "traceparent"]
    return value


def test_a_request_is_a_span_and_the_application_s_part_one_inside_it() -> None:
    spans = Spans()
    with traced(spans, PUBLIC) as wire:
        wire.client_sends(request(b"/pub/a?token=secret"))
        wire.upstream_sends(OK)
        value = parent_sent(wire)
    gate, application = spans.named("GET /"), spans.named("GET")
    assert (gate.kind, gate.parent, application.kind) == ("SERVER", "", "CLIENT")
    assert application.parent == gate.id
    assert value == f"00-{gate.trace}-{application.id}-01"
    assert application.trace == gate.trace
    assert gate.raw.start_time_unix_nano < application.raw.start_time_unix_nano
    assert application.raw.end_time_unix_nano <= gate.raw.end_time_unix_nano
    assert gate.attributes.pop("sidegate.request_id")
    assert gate.attributes == {
        "http.request.method": "GET",
        "http.route": "/",
        "http.response.status_code": 200,
        "url.path": "/pub/a",
        "url.scheme": "http",
        "server.address": "app.test",
        "server.port": 80,
        "client.address": "192.0.2.1",
        "network.protocol.version": "1.1",
    }
    assert application.attributes == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": 8080,
        "url.full": "http://127.0.0.1:8080/pub/a",
    }


def test_a_trusted_peer_says_which_trace_it_is() -> None:
    spans = Spans()
    with traced(spans, PUBLIC) as wire:
        wire.client_sends(request(b"/pub", TOLD, b"tracestate: a=1"))
        wire.upstream_sends(OK)
        sent = dict(sent_fields(wire.upstream_got()))
    gate = spans.named("GET /")
    assert (gate.trace, gate.parent, gate.raw.trace_state) == (TRACE, PARENT, "a=1")
    assert not gate.raw.links
    assert sent["traceparent"] == f"00-{TRACE}-{spans.named('GET').id}-01"
    assert sent["tracestate"] == "a=1"


def test_anybody_else_s_trace_is_only_linked_to_and_nothing_of_it_goes_on() -> None:
    asked: list[object] = []
    spans = Spans(trusts=lambda _: False, samples=lambda parent: asked.append(parent) is None)
    with traced(spans, PUBLIC) as wire:
        wire.client_sends(request(b"/pub", TOLD, b"tracestate: a=1"))
        wire.upstream_sends(OK)
        told = wire.upstream_got()
    gate = spans.named("GET /")
    assert gate.trace != TRACE
    assert gate.parent == ""
    assert [link.trace_id.hex() for link in gate.raw.links] == [TRACE]
    assert asked == [None], "and it does not decide what is recorded"
    assert TRACE.encode() not in told
    assert b"tracestate" not in told


@pytest.mark.parametrize("line", [b"traceparent: 00-x", TOLD + b"\r\n" + TOLD])
def test_a_trace_that_is_none_is_as_if_nothing_was_sent(line: bytes) -> None:
    spans = Spans()
    with traced(spans, PUBLIC) as wire:
        wire.client_sends(request(b"/pub", line, b"tracestate: a=1"))
        wire.upstream_sends(OK)
        assert "tracestate" not in dict(sent_fields(wire.upstream_got()))
        assert parent_sent(wire) == f"00-{spans.named('GET /').trace}-{spans.named('GET').id}-01"
    assert spans.named("GET /").parent == ""


@pytest.mark.parametrize("state", [b"a=" + b"x" * 600, b"a=\xff\xfe"])
def test_a_state_that_no_collector_takes_goes_on_and_is_in_no_span(state: bytes) -> None:
    spans = Spans()
    with traced(spans, PUBLIC) as wire:
        wire.client_sends(request(b"/pub", TOLD, b"tracestate: " + state))
        assert b"tracestate: " + state in wire.upstream_got()
        wire.upstream_sends(OK)
    assert spans.named("GET /").raw.trace_state == ""
    assert spans.named("GET /").trace == TRACE


def test_what_is_not_sampled_makes_no_span_and_says_so_to_the_application() -> None:
    spans = Spans(samples=lambda _: False)
    with traced(spans, PUBLIC) as wire:
        wire.client_sends(request(b"/pub", TOLD.replace(b"-01", b"-03")))
        wire.upstream_sends(OK)
        assert parent_sent(wire).startswith(f"00-{TRACE}-")
        assert parent_sent(wire).endswith("-02"), "the random flag stays what it was"
    assert spans.kept == []


def test_two_requests_in_the_same_bytes_are_two_traces() -> None:
    spans = Spans()
    with traced(spans, PUBLIC) as wire:
        for _ in range(2):
            wire.client_sends(request(b"/pub"))
            wire.upstream_sends(OK)
        heads = [exchange.head for exchange in wire.observed]
    gates = [span for span in spans.all() if span.kind == "SERVER"]
    assert [span.trace for span in gates] == [trace_id_of(head) for head in heads]
    assert len({span.trace for span in gates}) == 2
    assert [span.parent for span in gates] == ["", ""]


def test_a_client_cannot_have_the_trace_taken_away() -> None:
    spans = Spans()
    with traced(spans, PUBLIC) as wire:
        wire.client_sends(request(b"/pub", b"Connection: traceparent", TOLD))
        assert TRACE in parent_sent(wire)


def test_probes_are_left_alone() -> None:
    spans = Spans()
    with traced(spans) as wire:
        wire.client_sends(request(b"/ping", TOLD) + request(b"/ready?x", TOLD))
        assert [answer.status for answer in wire.client_answers()] == [200, 200]
        assert context_of(wire.observed[0].head) is not None
    assert spans.kept == []


def test_what_the_gate_answers_itself_has_no_part_of_the_application() -> None:
    spans = Spans()
    with traced(spans) as wire:
        wire.client_sends(request(b"/deep?q=1"))
    (gate,) = spans.all()
    assert gate.name == "GET /"
    assert gate.attributes["http.response.status_code"] == 403
    assert not gate.failed, "the fault is the client's"


def test_an_application_that_fails_is_told_by_the_code_of_the_error() -> None:
    spans = Spans()
    with traced(spans, PUBLIC) as wire:
        wire.refuse_connections = True
        wire.client_sends(request(b"/pub"))
    gate, application = spans.named("GET /"), spans.named("GET")
    assert gate.failed
    assert application.failed
    assert gate.attributes["error.type"] == "upstream_unreachable"
    assert gate.attributes["sidegate.code"] == "upstream_unreachable"
    assert application.attributes["error.type"] == "upstream_unreachable"
    assert "http.response.status_code" not in application.attributes


@pytest.mark.parametrize(("status", "at_the_gate"), [(404, False), (503, True)])
def test_an_answer_of_the_application_is_a_fault_of_whoever_made_it(
    status: int,
    at_the_gate: bool,  # noqa: FBT001 - a column of the table
) -> None:
    spans = Spans()
    with traced(spans, PUBLIC) as wire:
        wire.client_sends(request(b"/pub"))
        wire.upstream_sends(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)
    assert spans.named("GET").attributes["error.type"] == str(status)
    assert spans.named("GET").failed
    assert spans.named("GET /").failed is at_the_gate


def test_a_client_that_leaves_ends_both() -> None:
    spans = Spans()
    with traced(spans, PUBLIC) as wire:
        wire.client_sends(request(b"/pub"))
        wire.client_vanishes()
    assert spans.named("GET /").attributes["http.response.status_code"] == 499
    assert spans.named("GET").attributes["error.type"] == "client_closed"


def test_a_method_that_nobody_knows_is_no_name() -> None:
    spans = Spans()
    with traced(spans, PUBLIC) as wire:
        wire.client_sends(request(b"/pub", method=b"PURGE"))
        wire.upstream_sends(OK)
    assert spans.named("HTTP /").attributes["http.request.method"] == "_OTHER"


def test_a_websocket_is_a_span_until_it_ends() -> None:
    spans = Spans()
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    asking = (b"Connection: Upgrade", b"Upgrade: websocket", key, b"Sec-WebSocket-Version: 13")
    answer = b"HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    accept = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    with traced(spans, PUBLIC) as wire:
        wire.client_sends(request(b"/pub", *asking))
        wire.upstream_sends(answer + accept)
        assert spans.kept == []
        wire.client_vanishes()
    assert spans.named("GET").attributes["http.response.status_code"] == 101


def test_a_unix_socket_has_no_address_of_a_client() -> None:
    spans = Spans()
    with traced(spans, "--upstream=unix:///run/app.sock", PUBLIC, peer="") as wire:
        wire.client_sends(request(b"/pub"))
        wire.upstream_sends(OK)
    assert "client.address" not in spans.named("GET /").attributes
    told = spans.named("GET").attributes
    assert told["server.address"] == "/run/app.sock"
    assert "url.full" not in told


def test_what_looks_like_a_secret_in_a_path_is_masked() -> None:
    spans = Spans()
    secret = b"eyJhbGciOiJub25lIn0.e30."
    with traced(spans, PUBLIC) as wire:
        wire.client_sends(request(b"/pub/" + secret, host=b"a" * 90 + b".test:81"))
        wire.upstream_sends(OK)
    assert all(secret not in span for span in spans.kept)


def test_a_renewal_is_inside_the_request_that_needed_it() -> None:
    spans, gate = Spans(), proxy("--cookie-refresh=60s")
    cookie = cookie_for(gate, tokens=renewable(), refreshed_at=gate.now - 120)
    with traced(spans, handler=gate) as wire:
        wire.client_sends(request(cookie=cookie))
    renewal, server = spans.named("refresh session"), spans.named("GET /")
    assert (renewal.parent, renewal.trace) == (server.id, server.trace)
    assert renewal.failed
    assert renewal.attributes == {"sidegate.provider": "oidc", "error.type": "grant_rejected"}


def answering(work: Callable[[], Any]) -> Callable[[Exchange], Plan]:
    """Return a handler that reads a body, and then does some work before it answers."""

    async def later() -> Plan:
        await work()
        return Respond(Response(204))

    return lambda _: ReadBody(100, lambda _: Later(later()))


def test_steps_are_inside_the_request_and_inside_one_another() -> None:
    spans = Spans()

    async def work() -> None:
        with step("outer") as telling:
            telling.note("count", 3)
            with step("inner", is_call=True):
                await asyncio.sleep(0)
        with step("after"):
            pass

    with traced(spans, handler=answering(work)) as wire:
        wire.client_sends(request(method=b"POST"))
    server, outer = spans.named("POST"), spans.named("outer")
    inner, after = spans.named("inner"), spans.named("after")
    assert (outer.parent, inner.parent, after.parent) == (server.id, outer.id, server.id)
    assert {span.trace for span in spans.all()} == {server.trace}
    assert (outer.kind, inner.kind) == ("INTERNAL", "CLIENT")
    assert outer.attributes == {"count": 3}


def test_steps_of_what_is_not_sampled_are_not_told() -> None:
    spans, ran = Spans(samples=lambda _: False), []

    async def work() -> None:
        with step("outer"):
            ran.append(1)

    with traced(spans, handler=answering(work)) as wire:
        wire.client_sends(request())
    assert (ran, spans.kept) == ([1], [])


@pytest.mark.parametrize(
    ("error", "code"),
    [(StateMismatch("secret"), "state_mismatch"), (KeyError("secret"), "KeyError")],
)
def test_an_exception_is_told_by_its_code_and_goes_on(error: Exception, code: str) -> None:
    spans = Spans()

    def fail() -> None:
        CURRENT.set(Apart(spans.tracer))
        with step("work"):
            raise error

    with pytest.raises(type(error)):
        asyncio.run(_inside(fail))
    (span,) = spans.all()
    assert span.failed
    assert span.attributes == {"error.type": code}
    assert b"secret" not in spans.kept[0]


def test_each_step_outside_of_requests_is_a_trace_of_its_own() -> None:
    spans = Spans()

    def work() -> None:
        CURRENT.set(Apart(spans.tracer))
        for name in ("one", "other"):
            with step(name), step(f"in {name}"):
                pass

    asyncio.run(_inside(work))
    one, other = spans.named("one"), spans.named("other")
    assert one.trace != other.trace
    assert one.parent == other.parent == ""
    assert spans.named("in one").parent == one.id
    assert spans.named("in one").trace == one.trace


async def _inside(work: Callable[[], None]) -> None:
    work()
