"""A client connection: requests in order, answers in order, limits that strike."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest

from sidegate.core.messages import (
    Asker,
    Exchange,
    Forward,
    Later,
    Plan,
    ReadBody,
    Respond,
    Response,
)
from sidegate.http1.head import HeadLimits
from sidegate.net.room import HELD_BUDGET, HELD_STEP, MARGIN, Refused, Room
from sidegate.net.service import Timeouts
from tests.kit.wire import ORIGIN, Wire

GET = b"GET /%b HTTP/1.1\r\nHost: app.test\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: app.test\r\n"


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def forward(exchange: Exchange) -> Plan:
    """Send everything to the application."""
    line = b"%b %b HTTP/1.1\r\nHost: a\r\n" % (exchange.head.method, exchange.head.target)
    return Forward(ORIGIN, line + b"\r\n", 30)


def own(exchange: Exchange) -> Plan:
    """Answer from the gate, with the target as the body."""
    return Respond(Response(200, [("Content-Type", "text/plain")], exchange.head.target))


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire(own) as wire:
        yield wire


def test_a_request_gets_its_answer_and_the_connection_stays(wire: Wire) -> None:
    wire.client_sends(GET % b"a")
    answer = wire.client_got()
    assert (answer.status, answer.body, answer.header("connection")) == (200, b"/a", None)
    assert wire.client.closed == ""


def test_requests_in_one_segment_are_answered_in_order(wire: Wire) -> None:
    wire.client_sends(GET % b"1" + GET % b"2" + GET % b"3")
    assert [answer.body for answer in wire.client_answers()] == [b"/1", b"/2", b"/3"]


def test_a_head_in_single_bytes_is_understood(wire: Wire) -> None:
    for byte in GET % b"slow":
        wire.client_sends(bytes([byte]))
    assert b"\r\n\r\n/slow" in wire.client_got_bytes()


def test_an_empty_line_before_a_request_is_skipped(wire: Wire) -> None:
    wire.client_sends(b"\r\n" + GET % b"a")
    assert wire.client_got().status == 200


def test_head_gets_the_same_head_without_a_body(wire: Wire) -> None:
    wire.client_sends(b"HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n")
    answer = wire.client_got()
    assert (answer.header("content-length"), answer.body) == ("4", b"")
    assert wire.client_got_bytes().endswith(b"\r\n\r\n")


def test_http_1_0_closes_unless_keep_alive_is_asked_for(wire: Wire) -> None:
    wire.client_sends(b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
    assert wire.client_got().header("connection") == "keep-alive"
    wire.client_sends(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
    assert wire.client_got().header("connection") == "close"
    assert wire.client.closed == "half"


def test_after_connection_close_nothing_more_is_answered(wire: Wire) -> None:
    wire.client_sends(b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + GET % b"b")
    assert [answer.body for answer in wire.client_answers()] == [b"/a"]
    assert len(wire.observed) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/1.1\r\nHost: a\r\nA: \x00\r\n\r\n",
        b"nonsense\r\n\r\n",
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_one_400_and_the_end(wire: Wire, raw: bytes) -> None:
    wire.client_sends(raw)
    assert wire.client_got_bytes().startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close\r\n" in wire.client_got_bytes()
    wire.client_sends(GET % b"a")
    assert wire.client_got_bytes().count(b"HTTP/1.1") == 1


def test_the_connection_is_read_for_a_moment_after_the_last_answer(wire: Wire) -> None:
    wire.client_sends(b"nonsense\r\n\r\n")
    assert wire.client.closed == "half"
    wire.advance(2)
    assert wire.client.closed == "abort"


def test_a_last_answer_that_is_still_being_read_is_not_cut(wire: Wire) -> None:
    wire.client_sends(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
    wire.client.unsent = 5000
    wire.advance(2)
    wire.client.unsent = 4000
    wire.advance(61)
    assert wire.client.closed == "half"
    wire.advance(61)
    assert wire.client.closed == "abort"


def test_a_slow_head_is_answered_408_when_its_time_is_over() -> None:
    with Wire(own, timeouts=Timeouts(header=30)) as wire:
        wire.client_sends(b"GET / HT")
        wire.advance(20)
        wire.client_sends(b"TP/1.1\r\n")
        wire.advance(11)
        assert wire.client_got_bytes().startswith(b"HTTP/1.1 408 ")


def test_empty_lines_do_not_buy_time() -> None:
    with Wire(own, timeouts=Timeouts(header=30)) as wire:
        for _ in range(4):
            wire.advance(10)
            wire.client_sends(b"\r\n")
        assert wire.client.closed == "close"


def test_a_connection_without_a_request_is_closed_silently(wire: Wire) -> None:
    wire.advance(31)
    assert (wire.client.closed, wire.client_got_bytes()) == ("close", b"")


def test_an_idle_kept_connection_is_closed_after_its_time(wire: Wire) -> None:
    wire.client_sends(GET % b"a")
    wire.advance(119)
    assert wire.client.closed == ""
    wire.advance(2)
    assert wire.client.closed == "close"


def test_a_body_that_stops_coming_is_answered_408() -> None:
    with Wire(lambda _: ReadBody(100, lambda _: Respond(Response(200)))) as wire:
        wire.client_sends(POST + b"Content-Length: 5\r\n\r\nhe")
        wire.advance(61)
        assert wire.client_got().status == 408


def test_a_body_is_collected_and_handed_over() -> None:
    bodies: list[bytes] = []

    def then(body: bytes) -> Plan:
        bodies.append(body)
        return Respond(Response(204))

    with Wire(lambda _: ReadBody(100, then)) as wire:
        wire.client_sends(POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc")
        wire.client_sends(b"\r\n2\r\nde\r\n0\r\n\r\n")
        assert bodies == [b"abcde"]
        assert wire.client_got().status == 204


def test_a_collected_body_over_the_limit_is_413() -> None:
    with Wire(lambda _: ReadBody(4, lambda _: Respond(Response(200)))) as wire:
        wire.client_sends(POST + b"Content-Length: 5\r\n\r\nhello")
        assert wire.client_got().status == 413
        assert wire.client.closed == "half"


def test_a_collected_body_is_asked_for_when_the_client_waits() -> None:
    with Wire(lambda _: ReadBody(100, lambda body: Respond(Response(200, [], body)))) as wire:
        wire.client_sends(POST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert wire.client_got_bytes() == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.client_sends(b"hello")
        assert wire.client_got().body == b"hello"


def test_a_small_unwanted_body_is_dropped_and_the_connection_kept(wire: Wire) -> None:
    wire.client_sends(POST + b"Content-Length: 5\r\n\r\nhe")
    assert wire.client_got().status == 200
    wire.client_sends(b"llo" + GET % b"next")
    assert wire.client_answers()[-1].body == b"/next"


def test_a_large_unwanted_body_ends_the_connection(wire: Wire) -> None:
    wire.client_sends(POST + b"Content-Length: 100000000\r\n\r\nhe")
    assert wire.client_got().header("connection") == "close"
    assert wire.client.closed == "half"


def test_an_unwanted_body_that_waits_for_100_ends_the_connection(wire: Wire) -> None:
    wire.client_sends(POST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert wire.client_got().header("connection") == "close"
    assert b"100 Continue" not in wire.client_got_bytes()


def test_an_end_of_stream_inside_a_request_is_400(wire: Wire) -> None:
    wire.client_sends(b"GET / HT")
    wire.client_closes()
    assert wire.client_got_bytes().startswith(b"HTTP/1.1 400 ")


def test_while_a_plan_is_made_the_client_is_not_read() -> None:
    async def slowly() -> Plan:
        await gate.wait()
        return Respond(Response(200, [], b"late"))

    with Wire(lambda _: Later(slowly())) as wire:
        gate = asyncio.Event()
        wire.client_sends(GET % b"a")
        assert wire.client.is_reading_paused
        wire.run(gate.set)
        assert wire.client_got().body == b"late"
        assert not wire.client.is_reading_paused


def test_a_plan_for_a_client_who_left_is_made_to_its_end() -> None:

    done: list[bool] = []

    async def slowly() -> Plan:
        await gate.wait()
        done.append(True)
        return Respond(Response(200))

    with Wire(lambda _: Later(slowly())) as wire:
        gate = asyncio.Event()
        wire.client_sends(GET % b"a")
        wire.client_vanishes()
        wire.run(gate.set)
        assert done == [True]
        assert [exchange.status for exchange in wire.observed] == [499]


def test_a_handler_that_breaks_is_a_500_and_is_reported() -> None:
    async def breaks() -> Plan:
        raise RuntimeError("oops")

    with Wire(lambda _: Later(breaks())) as wire:
        wire.client_sends(GET % b"a")
        assert wire.client_got().status == 500
        assert [str(error) for error in wire.reported] == ["oops"]


def test_many_held_requests_stop_the_reading() -> None:
    with Wire(lambda _: Forward(ORIGIN, b"GET / HTTP/1.1\r\n\r\n", 30)) as wire:
        wire.client_sends(GET % b"a")
        for _ in range(20):
            wire.client_sends(GET % (b"x" * 8000))
            if wire.client.is_reading_paused:
                break
        assert wire.client.is_reading_paused
        assert len(wire.upstreams) == 1


def test_a_request_refused_for_its_body_is_not_handled() -> None:
    handled: list[Exchange] = []

    def count(exchange: Exchange) -> Plan:
        handled.append(exchange)
        return own(exchange)

    with Wire(count) as wire:
        with suppress(AssertionError):
            wire.client_sends(POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
        assert wire.client_got_bytes().startswith(b"HTTP/1.1 400 ")
        assert handled == []


def test_a_handler_that_raises_at_once_is_a_500() -> None:
    def breaks(_: Exchange) -> Plan:
        raise RuntimeError("oops")

    with Wire(breaks) as wire:
        wire.client_sends(GET % b"a")
        assert wire.client_got().status == 500


def test_a_client_who_does_not_read_is_answered_no_more(wire: Wire) -> None:
    wire.client_stops_reading()
    for _ in range(20):
        wire.client_sends((GET % b"a") * 20)
    assert wire.client.is_reading_paused
    assert len(wire.observed) <= 1


def test_a_connection_that_just_came_is_not_closed_by_a_drain(wire: Wire) -> None:
    wire.run(lambda: wire.inbound.close_if_idle(wire.now - 1))
    assert wire.client.closed == ""


def test_a_head_that_cannot_be_read_is_reported_all_the_same(wire: Wire) -> None:
    wire.client_sends(b"nonsense\r\n\r\n")
    (exchange,) = wire.observed
    assert (exchange.status, exchange.reason, exchange.peer.address) == (
        400,
        "bad_request",
        "192.0.2.1",
    )


def test_a_client_that_read_the_last_answer_slowly_cannot_stay_for_ever(wire: Wire) -> None:
    wire.client_sends(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
    wire.client_stops_reading()
    wire.client_reads_on()
    wire.advance(2)
    assert wire.client.closed == "abort"


def test_an_unwanted_body_still_has_its_time_after_a_slow_read(wire: Wire) -> None:
    wire.client_sends(POST + b"Content-Length: 5\r\n\r\nhe")
    wire.client_stops_reading()
    wire.client_reads_on()
    wire.advance(2)
    assert wire.client.closed == "abort"


def test_a_body_that_drips_is_answered_408_and_one_that_goes_on_is_not() -> None:
    with Wire(lambda _: ReadBody(100_000, lambda _: Respond(Response(200)))) as wire:
        wire.client_sends(POST + b"Content-Length: 90000\r\n\r\nhe")
        for _ in range(3):
            wire.client_sends(bytes(2000))
            wire.advance(61)
        assert wire.client_got_bytes() == b""
        wire.client_sends(b"x")
        wire.advance(61)
        assert wire.client_got().status == 408


def test_pipelined_requests_beyond_the_limit_wait_for_the_next_turn_of_the_loop() -> None:
    with Wire(own, limits=HeadLimits(pipelined=3)) as wire:
        order: list[str] = []
        wire.service.observe = lambda exchange: order.append(exchange.head.target.decode())

        def act() -> None:
            asyncio.get_running_loop().call_soon(order.append, "others")
            wire.client.protocol.data_received(b"".join(GET % b"%d" % n for n in range(7)))
            assert wire.client.is_reading_paused

        wire.run(act)
        assert order == ["/0", "/1", "/2", "others", "/3", "/4", "/5", "/6"]


def test_a_client_that_pipelines_too_many_is_not_read_until_their_turn() -> None:
    with Wire(forward, limits=HeadLimits(pipelined=2)) as wire:
        wire.client_sends(GET % b"1" + GET % b"2")
        assert not wire.client.is_reading_paused
        wire.client_sends(GET % b"3")
        assert wire.client.is_reading_paused
        wire.upstream_sends(OK)
        assert not wire.client.is_reading_paused
        wire.upstream_sends(OK)
        wire.upstream_sends(OK)
        assert [answer.status for answer in wire.client_answers()] == [200, 200, 200]


def test_a_body_over_the_limit_is_refused_before_the_application_hears_of_it() -> None:
    with Wire(forward, body_limit=5) as wire:
        wire.client_sends(POST + b"Content-Length: 6\r\nExpect: 100-continue\r\n\r\n")
        assert wire.client_got_bytes().startswith(b"HTTP/1.1 413 ")
        assert b"Connection: close\r\n" in wire.client_got_bytes()
        assert wire.upstreams == []


def test_a_chunked_body_over_the_limit_is_never_whole_at_the_application() -> None:
    with Wire(forward, body_limit=5) as wire:
        wire.client_sends(POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        wire.client_sends(b"1\r\n!\r\n0\r\n\r\n")
        assert wire.client_got().status == 413
        assert b"0\r\n\r\n" not in wire.upstream_got()
        assert wire.upstream.closed == "abort"


def test_a_body_of_exactly_the_limit_passes() -> None:
    with Wire(forward, body_limit=5) as wire:
        wire.client_sends(POST + b"Content-Length: 5\r\n\r\nhello")
        assert wire.upstream_got().endswith(b"hello")


def test_a_body_for_the_gate_that_says_it_is_too_large_is_not_asked_for() -> None:
    with Wire(lambda _: ReadBody(10, lambda _: Respond(Response(200)))) as wire:
        wire.client_sends(POST + b"Content-Length: 11\r\nExpect: 100-continue\r\n\r\n")
        assert wire.client_got_bytes().startswith(b"HTTP/1.1 413 ")


def test_a_newcomer_takes_the_place_of_who_waited_longest() -> None:
    with Wire(own, room=Room(2)) as wire:
        first = wire.client
        wire.advance(5)
        second = wire.connect()
        wire.advance(5)
        third = wire.connect()
        assert (first.closed, second.closed, third.closed) == ("close", "", "")
        assert wire.refused == [Refused.EVICTED]


def test_when_all_are_busy_a_newcomer_gets_503() -> None:
    with Wire(forward, room=Room(1)) as wire:
        wire.client_sends(GET % b"a")
        wire.advance(5)
        newcomer = wire.connect()
        assert newcomer.written.startswith(b"HTTP/1.1 503 ")
        assert b"Connection: close\r\n" in newcomer.written
        assert newcomer.closed == "half"
        wire.upstream_sends(OK)
        assert wire.client_got().status == 200
        assert wire.refused == [Refused.LIMIT]


def test_a_crowd_beyond_the_margin_is_cut_without_a_word() -> None:
    with Wire(forward, room=Room(1)) as wire:
        wire.client_sends(GET % b"a")
        crowd = [wire.connect() for _ in range(MARGIN + 1)]
        assert crowd[-2].written.startswith(b"HTTP/1.1 503 ")
        assert (crowd[-1].written, crowd[-1].closed) == (b"", "abort")


def test_an_address_over_its_share_gets_503_and_others_are_served() -> None:
    with Wire(own, room=Room(0, 1)) as wire:
        assert wire.connect().written.startswith(b"HTTP/1.1 503 ")
        assert wire.connect(("192.0.2.2", 1)).written == b""
        wire.client_vanishes()
        wire.advance(2)
        assert wire.connect().written == b""
        assert wire.refused == [Refused.ADDRESS]


def test_heads_that_never_end_are_bounded_all_together() -> None:
    with Wire(own) as wire:
        head = b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"b" * 60_000
        crowd = [wire.client]
        for _ in range(1200):
            wire.now += 0.001
            crowd.append(wire.connect())
            wire.run(lambda: crowd[-1].protocol.data_received(head))
        held = sum(connection.held for connection in wire.service.connections)
        assert held <= HELD_BUDGET + HELD_STEP
        assert crowd[1].closed == "close"
        assert crowd[0].closed == crowd[-1].closed == ""


HSTS = b"Strict-Transport-Security: max-age=60\r\n"


def told_scheme(exchange: Exchange) -> Plan:
    """Answer from the gate, for an asker who came by the scheme that the target names."""
    scheme = exchange.head.path.decode().removeprefix("/")
    exchange.asker = Asker("192.0.2.1", scheme, "app.test", trusted=True)
    return own(exchange)


def test_answers_of_the_gate_over_https_keep_browsers_there() -> None:
    with Wire(told_scheme, hsts=HSTS) as wire:
        wire.client_sends(GET % b"https" + GET % b"http")
        told = [answer.header("strict-transport-security") for answer in wire.client_answers()]
        assert told == ["max-age=60", None]


def test_answers_of_the_gate_tell_the_id_of_the_request_if_it_has_one() -> None:
    def named(exchange: Exchange) -> Plan:
        exchange.request_id = exchange.head.path.decode().removeprefix("/")
        return own(exchange)

    with Wire(named, id_name=b"X-Trace") as wire:
        wire.client_sends(GET % b"rid-7" + GET % b"")
        told = [answer.header("x-trace") for answer in wire.client_answers()]
        assert told == ["rid-7", None]


def test_what_is_no_request_is_answered_by_how_the_client_came() -> None:
    for tls in (True, False):
        with Wire(own, hsts=HSTS, tls=tls) as wire:
            wire.client_sends(b"nonsense\r\n\r\n")
            assert (HSTS in wire.client_got_bytes()) is tls
