"""Heads: what is accepted, what is refused, and that nothing else can come out."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sidegate.core.errors import (
    BadRequest,
    ExpectationFailed,
    HeadTooLarge,
    MethodNotAllowed,
    RequestError,
    TargetTooLong,
)
from sidegate.core.messages import RequestHead
from sidegate.http1.head import (
    CHUNKED,
    HeadLimits,
    find_end,
    parse_request,
)

LIMITS = HeadLimits()


def request(
    lines: str, first: str = "GET / HTTP/1.1", host: str = "Host: app.test\r\n"
) -> RequestHead:
    return parse_request(f"{first}\r\n{host}{lines}\r\n".encode("latin-1"), LIMITS)


def test_a_plain_head_is_read() -> None:
    head = request("X-One:  1 \t\r\nX-Two:\r\n", "GET /a?b=c HTTP/1.1")
    assert (head.method, head.target, head.path, head.query) == (b"GET", b"/a?b=c", b"/a", b"b=c")
    assert head.fields[1:] == [(b"x-one", b"1", b"X-One: 1\r\n"), (b"x-two", b"", b"X-Two: \r\n")]
    assert (head.length, head.keep_alive, head.upgrade) == (0, True, False)
    assert head.get(b"x-one") == b"1"


def test_a_repr_shows_neither_query_nor_fields() -> None:
    head = request("Cookie: secret\r\n", "GET /a?code=secret HTTP/1.1")
    assert "secret" not in repr(head)


def test_duplicates_are_joined_cookies_in_their_own_way() -> None:
    head = request("A: 1\r\nCookie: a=1\r\na: 2\r\nCookie: b=2\r\n")
    assert head.get(b"a") == b"1, 2"
    assert head.get(b"cookie") == b"a=1; b=2"


@pytest.mark.parametrize(
    "lines",
    [
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 5\r\n",
        "Authorization: Bearer a\r\nauthorization: Bearer a\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 1_0\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 9223372036854775808\r\n",
        "Content-Length:\r\n",
        "Content-Length: \xb2\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: ,chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: \x0bchunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer_Encoding: chunked\r\n",
        "Content_Length: 5\r\n",
        "Content.Length: 5\r\n",
        "Host: other.test\r\n",
        "A : 1\r\n",
        " A: 1\r\n",
        "A: 1\r\n continued\r\n",
        "no colon\r\n",
        ": empty\r\n",
        "A\x00: 1\r\n",
        "A: \x7f\r\n",
        "A: x\ry\r\n",
        "A: x\ny: z\r\n",
        "A(b): 1\r\n",
        "Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n",
    ],
)
def test_doubtful_fields_are_refused(lines: str) -> None:
    with pytest.raises(BadRequest):
        request(lines)


@pytest.mark.parametrize(
    "first",
    [
        "GET  / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET / HTTP/1.2",
        "GET / HTTP/2.0",
        "GET /",
        " GET / HTTP/1.1",
        "G@T / HTTP/1.1",
        "GET /a#b HTTP/1.1",
        "GET /\xe9 HTTP/1.1",
        "GET a HTTP/1.1",
        "GET * HTTP/1.1",
        "GET ftp://app.test/ HTTP/1.1",
        "GET http://evil.test/ HTTP/1.1",
        "GET http://user@app.test/ HTTP/1.1",
        "GET http:///a HTTP/1.1",
    ],
)
def test_doubtful_request_lines_are_refused(first: str) -> None:
    with pytest.raises(RequestError):
        request("", first)


@pytest.mark.parametrize(
    "host",
    ["", "Host: \r\n", "Host: a#\r\n", "Host: a, b\r\n", "Host: a:80:80\r\n", "Host: u@a\r\n",
     "Host: a/b\r\n", "Host: [::1\r\n", "Host: a b\r\n"],
)  # fmt: skip
def test_exactly_one_valid_host_is_needed(host: str) -> None:
    with pytest.raises(BadRequest):
        request("", host=host)


@pytest.mark.parametrize("host", ["a", "a.b-c:80", "[::1]:443", "10.0.0.1", "a_b.test"])
def test_usual_hosts_pass(host: str) -> None:
    assert request("", host=f"Host: {host}\r\n").host == host.encode()


def test_http_1_0_may_leave_out_the_host() -> None:
    assert request("", "GET / HTTP/1.0", host="").host == b""


def test_absolute_form_becomes_origin_form() -> None:
    assert request("", "GET http://APP.test/x?y HTTP/1.1").target == b"/x?y"
    assert request("", "GET http://app.test?y HTTP/1.1").target == b"/?y"


def test_options_star_is_kept() -> None:
    assert request("", "OPTIONS * HTTP/1.1").target == b"*"
    assert request("", "OPTIONS http://app.test HTTP/1.1").target == b"*"
    assert request("", "OPTIONS http://app.test/ HTTP/1.1").target == b"/"


def test_extension_methods_pass() -> None:
    assert request("", "PROPFIND /x HTTP/1.1").method == b"PROPFIND"


@pytest.mark.parametrize("method", ["TRACE /", "TRACK /", "CONNECT app.test:80"])
def test_methods_of_no_use_are_405(method: str) -> None:
    with pytest.raises(MethodNotAllowed):
        request("", f"{method} HTTP/1.1")


def test_expect_is_100_continue_or_417() -> None:
    head = request("Expect: 100-Continue\r\nContent-Length: 5\r\n", "POST / HTTP/1.1")
    assert head.expects_continue
    assert not request("Expect: 100-continue\r\n").expects_continue
    with pytest.raises(ExpectationFailed):
        request("Expect: x\r\n")


def test_all_connection_lines_count() -> None:
    head = request("Connection: X-Hop\r\nConnection: Close , y\r\n")
    assert (head.keep_alive, head.nominated) == (False, {b"x-hop", b"y"})


def test_chunked_has_no_length() -> None:
    assert request("Transfer-Encoding: Chunked\r\n", "POST / HTTP/1.1").length == CHUNKED


def test_an_upgrade_to_something_else_is_no_upgrade() -> None:
    assert not request("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n").upgrade
    assert request("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n").upgrade


def test_limits_have_their_own_statuses() -> None:
    with pytest.raises(TargetTooLong):
        request("", f"GET /{'a' * 17000} HTTP/1.1")
    with pytest.raises(HeadTooLarge):
        request("A: 1\r\n" * 128)
    with pytest.raises(TargetTooLong):
        find_end(b"GET /" + b"a" * 70000, 0, LIMITS)
    with pytest.raises(HeadTooLarge):
        find_end(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 12000, 0, LIMITS)


def test_an_unfinished_head_asks_for_more_and_a_hopeless_one_is_refused_at_once() -> None:
    assert find_end(b"GET / HTTP/1.1\r\nHost: a\r\n", 0, LIMITS) == 0
    bare = (b"GET / HTTP/1.1\nHost", b"GET /\r \n", b"\rGET")
    for hopeless in (*bare, b"\x16\x03\x01", b"GET / HT\x00"):
        with pytest.raises(BadRequest):
            find_end(hopeless, 0, LIMITS)


@given(st.binary(max_size=200))
@example(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
def test_a_head_is_a_value_or_needs_more_or_is_our_error(raw: bytes) -> None:
    try:
        end = find_end(raw, 0, LIMITS)
        head = parse_request(raw[:end], LIMITS) if end else None
    except RequestError:
        return
    assert head is None or isinstance(head, RequestHead)


@given(st.binary(max_size=60), st.sampled_from([b"X-A: ", b"Content-Length: ", b"Connection: "]))
def test_no_value_makes_a_second_field(value: bytes, name: bytes) -> None:
    raw = b"GET / HTTP/1.1\r\nHost: a\r\n" + name + value + b"\r\n\r\n"
    if raw.find(b"\r\n\r\n") != len(raw) - 4:
        return
    try:
        head = parse_request(raw, LIMITS)
    except RequestError:
        return
    assert all(b"\r" not in v and b"\n" not in v and b"\0" not in v for _, v, _ in head.fields)
    assert len(head.fields) == raw.count(b"\r\n") - 2
