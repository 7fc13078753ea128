"""Heads of an application's answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.errors import UpstreamGarbled
from sidegate.http1.head import CHUNKED, HeadLimits
from sidegate.http1.response_head import UNTIL_CLOSE, ResponseHead, parse_response, recognize

LIMITS = HeadLimits()


def response(raw: bytes, method: bytes = b"GET") -> ResponseHead:
    return parse_response(raw, method, LIMITS)


@pytest.mark.parametrize(
    ("raw", "length"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 5),
        (b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\n", 5),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNKED),
        (b"HTTP/1.1 200 OK\r\n\r\n", UNTIL_CLOSE),
        (b"HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\n", 0),
        (b"HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\n", 0),
    ],
)
def test_the_length_of_an_answer(raw: bytes, length: int) -> None:
    assert response(raw).length == length


def test_an_answer_to_head_has_no_body() -> None:
    assert response(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"HEAD").length == 0


@pytest.mark.parametrize(
    ("raw", "keeps"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\n\r\n", False),
    ],
)
def test_whether_an_upstream_connection_can_be_kept(raw: bytes, *, keeps: bool) -> None:
    assert response(raw).keep_alive is keeps


def test_an_answer_cannot_take_away_the_field_that_frames_it() -> None:
    head = response(
        b"HTTP/1.1 200 OK\r\nConnection: Content-Length, X-Hop\r\nContent-Length: 5\r\n\r\n"
    )
    assert (head.length, head.nominated) == (5, {b"x-hop"})


@given(st.binary(max_size=200), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n"]))
def test_an_answer_is_a_value_or_garbled(raw: bytes, start: bytes) -> None:
    try:
        head = response(start + raw + b"\r\n\r\n")
    except UpstreamGarbled:
        return
    assert 100 <= head.status <= 599


def test_a_head_that_came_before_is_recognized_with_what_follows_it() -> None:
    raw = b"HTTP/1.1 200 OK\r\nX-Seen: before\r\nContent-Length: 2\r\n\r\n"
    assert recognize(raw + b"ok", b"GET") is None
    head = response(raw)
    assert head.size == len(raw)
    assert recognize(raw + b"ok", b"GET") is head
    assert recognize(raw[:-1], b"GET") is None
    assert recognize(raw, b"HEAD") is None
