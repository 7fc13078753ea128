"""A forwarded exchange: request to the application, answer to the client, and every bad end."""

import asyncio

import pytest

from sidegate.core.messages import NEVER_ASKED
from tests.kit.wire import Wire

GET = b"GET /a HTTP/1.1\r\nHost: app.test\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
UPLOAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_a_request_goes_up_and_its_answer_comes_back(wire: Wire) -> None:
    wire.client_sends(GET)
    assert wire.upstream_got() == b"GET /a HTTP/1.1\r\nX-Framing: 0\r\n\r\n"
    wire.upstream_sends(b"HTTP/1.1 404 Nope\r\nServer: x\r\nContent-Length: 2\r\n\r\nok")
    answer = wire.client_got()
    assert (answer.status, answer.body, answer.header("server")) == (404, b"ok", "x")
    assert answer.header("set-cookie") == "ours=1"


def test_an_answer_in_single_bytes_is_the_same(wire: Wire) -> None:
    wire.client_sends(GET)
    for byte in OK:
        wire.upstream_sends(bytes([byte]))
    assert wire.client_got().body == b"ok"


def test_the_second_request_uses_the_same_connection(wire: Wire) -> None:
    for _ in range(2):
        wire.client_sends(GET)
        wire.upstream_sends(OK)
    assert len(wire.upstreams) == 1
    assert [answer.body for answer in wire.client_answers()] == [b"ok", b"ok"]


def test_pipelined_requests_go_up_one_after_the_other(wire: Wire) -> None:
    wire.client_sends(GET + GET.replace(b"/a", b"/b"))
    assert b"/b" not in wire.upstream_got()
    wire.upstream_sends(OK)
    assert b"GET /b" in wire.upstream_got()
    wire.upstream_sends(OK)
    assert len(wire.client_answers()) == 2


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (
            CHUNKS + b"3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n",
            b"abc",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n", b""),
    ],
)
def test_every_framing_of_an_answer_ends_where_it_should(
    wire: Wire, answer: bytes, body: bytes
) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(answer)
    got = wire.client_got()
    assert (got.body, got.is_complete) == (body, True)
    wire.client_sends(GET)
    wire.upstream_sends(OK)
    assert wire.client_answers()[-1].body == b"ok"
    assert len(wire.upstreams) == 1


def test_a_204_never_has_a_length(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil")
    assert b"evil" not in wire.client_got_bytes()
    assert wire.client_got().header("content-length") is None


def test_chunk_extensions_and_trailers_do_not_pass(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(CHUNKS + b"3;secret=1\r\nabc\r\n0\r\nX-T: 1\r\n\r\n")
    assert b"secret" not in wire.client_got_bytes()
    assert b"X-T" not in wire.client_got_bytes()


def test_a_body_until_close_becomes_chunks(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\n\r\nabc")
    assert b"3\r\nabc\r\n" in wire.client_got_bytes()
    assert not wire.client_got().is_complete
    wire.upstream_closes()
    assert wire.client_got().is_complete
    assert wire.client.closed == ""


def test_an_http_1_0_client_gets_no_chunks_but_the_close(wire: Wire) -> None:
    wire.client_sends(b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
    wire.upstream_sends(CHUNKS + b"3\r\nabc\r\n0\r\n\r\n")
    assert wire.client_got_bytes().endswith(b"Connection: close\r\n\r\nabc")
    assert wire.client.closed == "half"


def test_head_has_no_body_whatever_its_fields_say(wire: Wire) -> None:
    wire.client_sends(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    assert wire.client_got().header("content-length") == "1000"
    wire.client_sends(GET)
    wire.upstream_sends(OK)
    assert wire.client_answers()[-1].body == b"ok"


def test_a_body_of_known_length_streams_up(wire: Wire) -> None:
    wire.client_sends(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
    assert wire.upstream_got().endswith(b"\r\n\r\nabc")
    wire.client_sends(b"def" + GET)
    assert wire.upstream_got().endswith(b"\r\n\r\nabcdef")


def test_a_chunked_body_is_chunked_anew(wire: Wire) -> None:
    wire.client_sends(UPLOAD + b"003;x\r\nabc\r\n")
    wire.client_sends(b"2\r\nde\r\n0\r\nX: 1\r\n\r\n")
    assert wire.upstream_got().endswith(b"\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")


def test_a_bad_chunk_ends_both_connections(wire: Wire) -> None:
    wire.client_sends(UPLOAD + b"3\r\nabc\r\n")
    wire.client_sends(b"zz\r\n")
    assert wire.client_got().status == 400
    assert wire.upstream.closed == "abort"


def test_body_that_comes_while_connecting_is_not_lost(wire: Wire) -> None:

    wire.hold_connections = asyncio.Event()
    wire.client_sends(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
    assert wire.client.is_reading_paused
    wire.run(wire.hold_connections.set)
    assert wire.upstream_got().endswith(b"abc")
    assert not wire.client.is_reading_paused


def test_100_continue_is_said_when_the_application_can_take_the_body(wire: Wire) -> None:
    wire.client_sends(
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    )
    assert wire.client_got_bytes() == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.client_sends(b"abc")
    wire.upstream_sends(b"HTTP/1.1 100 Continue\r\n\r\n" + OK)
    assert wire.client_got_bytes().count(b"100 Continue") == 1


def test_early_hints_pass_and_other_interim_answers_do_not(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(
        b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK
    )
    raw = wire.client_got_bytes()
    assert b"102" not in raw
    assert raw.startswith(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK")


def test_early_hints_have_no_length_and_no_fields_of_one_hop(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(
        b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nConnection: X-Hop\r\nX-Hop: 1\r\n"
        b"Link: </a>\r\n\r\n" + OK
    )
    start = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK"
    assert wire.client_got_bytes().startswith(start)


def test_an_endless_row_of_interim_answers_is_502(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(b"HTTP/1.1 102 Processing\r\n\r\n" * 17)
    assert wire.client_got().status == 502


def test_an_early_answer_is_relayed_and_ends_both_connections(wire: Wire) -> None:
    wire.client_sends(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
    wire.upstream_sends(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
    answer = wire.client_got()
    assert (answer.status, answer.header("connection")) == (413, "close")
    assert wire.upstream.closed == "abort"
    assert wire.client.closed == "half"


def test_an_early_answer_is_relayed_though_the_rest_of_the_body_met_a_reset(wire: Wire) -> None:
    wire.client_sends(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
    wire.upstream_resets(unread=b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
    answer = wire.client_got()
    assert (answer.status, answer.body, wire.client.closed) == (413, b"no", "half")


def test_half_an_early_answer_before_a_reset_is_502(wire: Wire) -> None:
    wire.client_sends(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
    wire.upstream_resets(unread=b"HTTP/1.1 413 Too La")
    assert wire.client_got().status == 502


def test_a_refused_connection_is_502_and_the_client_stays(wire: Wire) -> None:
    wire.refuse_connections = True
    wire.client_sends(GET)
    assert (wire.client_got().status, wire.client_got().body) == (502, b"upstream_unreachable")
    assert wire.client.closed == ""


@pytest.mark.parametrize(
    "garbled",
    [
        b"<html>hi</html>\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 3\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: a\rSet-Cookie: evil=1\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 99 X\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70000,
    ],
)
def test_an_answer_that_is_not_http_is_502(wire: Wire, garbled: bytes) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(garbled)
    assert (wire.client_got().status, wire.client_got().body) == (502, b"upstream_garbled")
    assert wire.upstream.closed == "abort"
    assert b"evil" not in wire.client_got_bytes()


def test_silence_is_504(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.advance(31)
    assert (wire.client_got().status, wire.upstream.closed) == (504, "abort")


def test_an_answer_that_ends_early_is_cut_for_the_client_too(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    wire.upstream_closes()
    assert wire.client.closed == "abort"
    assert wire.observed[0].reason == "upstream_truncated"


def test_a_cut_answer_that_ends_with_its_connection_does_not_look_whole(wire: Wire) -> None:
    wire.client_sends(b"GET /a HTTP/1.0\r\n\r\n")
    wire.upstream_sends(CHUNKS + b"3\r\nabc\r\n")
    wire.upstream_closes()
    assert wire.client_got_bytes().endswith(b"abc")
    assert (wire.client.closed, wire.client.is_reset) == ("abort", True)


def test_garbled_chunks_cut_the_answer(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(CHUNKS + b"3\r\nabc")
    wire.upstream_sends(b"XX")
    assert wire.client.closed == "abort"
    assert b"0\r\n\r\n" not in wire.client_got_bytes()


def test_chunks_that_are_garbled_from_the_start_are_502(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(CHUNKS + b"3\r\nabcXX")
    assert (wire.client_got().status, wire.client.closed) == (502, "")
    assert wire.upstream.closed == "abort"
    assert b"abc" not in wire.client_got_bytes()


def test_bytes_behind_an_answer_never_reach_another_request(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    assert wire.upstream.closed == "abort"
    wire.client_sends(GET)
    wire.upstream_sends(OK)
    assert b"evil" not in wire.client_got_bytes()
    assert len(wire.upstreams) == 2


def test_bytes_on_an_idle_connection_end_it(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(OK)
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    assert wire.upstream.closed == "close"
    wire.client_sends(GET)
    assert len(wire.upstreams) == 2


def test_a_kept_connection_that_was_closed_is_replaced_once(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(OK)
    wire.client_sends(GET)
    wire.upstream_closes()
    assert len(wire.upstreams) == 2
    wire.upstream_closes()
    assert wire.client_answers()[-1].status == 502
    assert len(wire.upstreams) == 2


def test_nothing_is_sent_again_after_an_interim_answer(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(OK)
    wire.client_sends(GET)
    wire.upstream_sends(b"HTTP/1.1 102 Processing\r\n\r\n")
    wire.upstream_closes()
    assert (len(wire.upstreams), wire.client_answers()[-1].status) == (1, 502)


def test_a_connection_that_took_a_long_body_is_not_kept(wire: Wire) -> None:
    wire.client_sends(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70000)
    wire.upstream_sends(OK)
    assert (wire.client_got().status, wire.upstream.closed) == (200, "abort")
    assert wire.client.closed == ""


def test_a_post_is_never_sent_twice(wire: Wire) -> None:
    post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
    wire.client_sends(post)
    wire.upstream_sends(OK)
    wire.client_sends(post)
    wire.upstream_closes()
    assert wire.client_answers()[-1].status == 502
    assert wire.upstream_got().count(b"POST") == 2


def test_a_post_does_not_trust_a_connection_that_was_idle_for_long(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(OK)
    wire.advance(5)
    wire.client_sends(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
    assert len(wire.upstreams) == 2


def test_an_idle_upstream_connection_is_closed_after_its_time(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(OK)
    wire.advance(56)
    assert wire.upstream.closed == "close"


def test_a_client_that_leaves_ends_the_request_upstream(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.client_vanishes()
    assert wire.upstream.closed == "abort"
    assert [exchange.status for exchange in wire.observed] == [499]


def test_a_client_that_leaves_while_connecting_sends_nothing_upstream(wire: Wire) -> None:

    wire.hold_connections = asyncio.Event()
    wire.client_sends(GET)
    wire.client_vanishes()
    wire.run(wire.hold_connections.set)
    assert wire.upstream_got() == b""


def test_a_client_that_does_not_read_stops_the_application(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc")
    wire.client_stops_reading()
    assert wire.upstream.is_reading_paused
    wire.client_reads_on()
    assert not wire.upstream.is_reading_paused


def test_a_client_that_never_reads_on_is_cut(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc")
    wire.client_stops_reading()
    wire.advance(61)
    assert wire.client.closed == "abort"
    assert wire.upstream.closed == "abort"


def test_an_application_that_does_not_read_stops_the_client(wire: Wire) -> None:
    wire.client_sends(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
    wire.upstream_stops_reading()
    assert wire.client.is_reading_paused
    wire.upstream_reads_on()
    assert not wire.client.is_reading_paused


def test_an_application_that_never_reads_is_504(wire: Wire) -> None:
    wire.client_sends(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
    wire.upstream_stops_reading()
    wire.advance(31)
    assert wire.client_got().status == 504


def test_an_answer_keeps_its_length_whatever_connection_names(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(
        b"HTTP/1.1 200 OK\r\nConnection: Content-Length\r\nContent-Length: 2\r\n\r\nok"
    )
    assert wire.client_got().header("content-length") == "2"


@pytest.mark.parametrize(
    "name", ["GAP-Auth", "gap_auth", "X-Auth-Request-Email", "X_Auth_Request.User", "Authorization"]
)
def test_an_application_cannot_say_who_is_signed_in(wire: Wire, name: str) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(OK.replace(b"\r\n", f"\r\n{name}: evil\r\n".encode(), 1))
    assert b"evil" not in wire.client_got_bytes()


def test_hop_by_hop_fields_of_an_answer_end_here(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(
        b"HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    raw = wire.client_got_bytes()
    assert b"X-Hop" not in raw
    assert b"Keep-Alive" not in raw


def test_an_answer_cannot_take_its_own_framing_away(wire: Wire) -> None:
    wire.client_sends(GET + GET)
    for body in (b"one", b"two"):
        wire.upstream_sends(
            b"HTTP/1.1 200 OK\r\nConnection: content-length\r\nContent-Length: 3\r\n\r\n" + body
        )
    assert [answer.body for answer in wire.client_answers()] == [b"one", b"two"]
    assert wire.client_got().header("content-length") == "3"


def test_an_early_answer_that_pauses_after_the_body_is_cut_too(wire: Wire) -> None:
    wire.client_sends(UPLOAD + b"2\r\nhi\r\n")
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    wire.client_sends(b"0\r\n\r\n")
    wire.advance(61)
    assert wire.client.closed == "abort"


def test_an_answer_that_pauses_for_too_long_is_cut(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    wire.advance(50)
    wire.upstream_sends(b"d")
    wire.advance(50)
    assert wire.client.closed == ""
    wire.advance(11)
    assert wire.client.closed == "abort"
    assert wire.upstream.closed == "abort"
    assert wire.observed[0].reason == "upstream_stalled"


def test_an_event_stream_may_pause_as_long_as_it_likes(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
    wire.advance(3600)
    assert wire.client.closed == ""


def test_an_answer_without_a_date_gets_one(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(OK)
    assert wire.client_got().header("date") == "Wed, 18 Nov 2026 11:06:40 GMT"


def test_a_slow_read_of_early_hints_does_not_end_the_wait_for_the_answer(wire: Wire) -> None:
    wire.client_sends(GET)
    wire.upstream_sends(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
    wire.client_stops_reading()
    wire.client_reads_on()
    wire.advance(31)
    assert wire.upstream.closed == "abort"
    assert b"HTTP/1.1 504 " in wire.client_got_bytes()


def test_how_long_the_application_took_is_known_and_the_upload_is_not_its_time(wire: Wire) -> None:
    wire.client_sends(b"POST /a HTTP/1.1\r\nHost: app.test\r\nContent-Length: 2\r\n\r\no")
    wire.advance(5)
    wire.client_sends(b"k")
    wire.advance(2)
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    (seen,) = wire.observed
    assert (seen.waited, seen.ended - seen.started) == (2.0, 7.0)


def test_an_application_that_never_answered_took_no_time_that_counts(wire: Wire) -> None:
    wire.client_sends(b"GET /a HTTP/1.1\r\nHost: app.test\r\n\r\n")
    wire.advance(100)
    assert [seen.waited for seen in wire.observed] == [NEVER_ASKED]
