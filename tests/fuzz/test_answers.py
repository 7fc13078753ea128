"""The whole gate under answers of the application that are almost right.

- Nothing raises where nobody listens, and the client gets one answer for its request, never two.
- What the client reads is valid for h11: no field holds a line break, no framing is ours and
  theirs at once, and nothing that ends at this hop is passed on.
- An answer that ends complete for the client was complete for h11, with the same status and body;
  what is cut off or not HTTP is a 502 or 504, or is visibly cut off.
- A connection to the application is used again only when h11 found nothing wrong with it and
  nothing behind the answer; the next request gets its own answer.
"""

import re
from functools import cache

from hypothesis import example, given
from hypothesis import strategies as st

from sidegate.http1.hop_by_hop import FIELDS
from sidegate.net.sweeper import NEVER
from tests.fuzz.budget import fuzzed
from tests.fuzz.mutations import CUTS, mutated, pieces, seeds
from tests.fuzz.reference import Read, read_answer, read_answers
from tests.fuzz.script import LONGER_THAN_ANY_LIMIT, MOST_LIMITS
from tests.fuzz.words import ANSWER_LINES, WORDS
from tests.kit.gate import Proxy, cookie_for, proxy, request
from tests.kit.wire import ORIGIN, Wire

ANSWERS = mutated(seeds("answers.json"), WORDS, ANSWER_LINES)
REQUESTS = {
    "GET": (b"GET", b"", ()),
    "HEAD": (b"HEAD", b"", ()),
    "POST": (b"POST", b"hello", (b"Content-Length: 5",)),
    "unfinished POST": (b"POST", b"hel", (b"Content-Length: 5",)),
    "chunked PUT": (b"PUT", b"2\r\nab\r\n0\r\n\r\n", (b"Transfer-Encoding: chunked",)),
    "WebSocket": (b"GET", b"", (b"Connection: Upgrade", b"Upgrade: websocket")),
    "close": (b"GET", b"", (b"Connection: close",)),
}
OWN_LENGTH_NOMINATED = (
    b"HTTP/1.1 200 OK\r\nConnection: Content-Length\r\nContent-Length: 5\r\n\r\nold"
)
OURS = {400, 408, 502, 504}
SECOND = b"HTTP/1.1 200 OK\r\nX-Second: yes\r\nContent-Length: 6\r\n\r\nsecond"
# What the gate writes itself, or must not pass on. A 101 says what it switches to.
HOP = FIELDS - {b"connection", b"transfer-encoding", b"upgrade"}


@cache
def gate() -> Proxy:
    return proxy("--set-xauthrequest=true")


@fuzzed(700)
@given(
    raw=ANSWERS,
    cuts=CUTS,
    sent=st.sampled_from(list(REQUESTS)),
    then=st.sampled_from(["waits", "closes", "resets"]),
)
@example(raw=OWN_LENGTH_NOMINATED, cuts=[], sent="GET", then="closes")
def test_a_client_gets_one_answer_and_it_is_the_one_that_was_meant(
    raw: bytes, cuts: list[int] | None, sent: str, then: str
) -> None:
    method, body, lines = REQUESTS[sent]
    cookie = cookie_for(gate())
    with Wire(gate(), refuse=gate().refuse) as wire:
        wire.client_sends(request(b"/x", *lines, method=method, cookie=cookie, body=body))
        for part in pieces(raw, cuts):
            if not wire.upstream.is_closing():
                wire.upstream_sends(part)
        end_upstream(wire, then)
        check(wire, raw, sent, then)
        ask_again(wire, cookie)
        outlast(wire)
        assert wire.reported == []
        assert gate().reported == []


def end_upstream(wire: Wire, then: str) -> None:
    """Let the application close, or the time run out: either ends an answer that does not."""
    if then == "closes" and not wire.upstream.is_closing():
        wire.upstream_closes()
    elif then == "resets" and not wire.upstream.is_closing():
        lost = wire.upstream.protocol.connection_lost
        wire.upstream.closed = "abort"
        wire.run(lambda: lost(ConnectionResetError()))


def meant(raw: bytes, method: bytes, *, closes: bool) -> tuple[Read | None, bool]:
    """Return the final answer that h11 reads, and whether it leaves the connection beyond doubt."""
    answer, rest, error = read_answer(raw, method, ended=closes)
    return answer, bool(answer and answer.is_complete and not rest and error is None)


def outlast(wire: Wire) -> None:
    """Let every limit strike: only tunnels and event streams live for as long as they like."""
    for _ in range(MOST_LIMITS):
        wire.advance(LONGER_THAN_ANY_LIMIT)
    relay = wire.inbound._relay
    if relay is not None and (relay.is_tunnel or relay._pause_limit == NEVER):
        wire.client_vanishes()
    assert wire.client.is_closing()
    assert all(transport.is_closing() for transport in wire.upstreams)


def check(wire: Wire, raw: bytes, sent: str, then: str) -> None:
    method = REQUESTS[sent][0]
    expected, is_clean = meant(raw, method, closes=then == "closes")
    is_pooled = bool(wire.pool._idle.get(ORIGIN))
    assert is_clean or not is_pooled
    is_over = wire.client.closed != ""
    answers, rest = read_answers(wire.client_got_bytes(), [method], ended=is_over)
    if not answers:
        assert rest == b"" or is_only_interim(rest)
        return
    (answer,) = answers
    check_fields(answer)
    if answer.start == 101:
        assert sent == "WebSocket"
        return
    assert rest == b""
    if expected is None or answer.start != expected.start:
        assert answer.start in OURS
        return
    assert answer.is_complete or is_over or then == "waits"
    if answer.is_complete:
        assert expected.is_complete
        assert answer.body == expected.body
    assert expected.body.startswith(answer.body)


def is_only_interim(raw: bytes) -> bool:
    return raw.startswith((b"HTTP/1.1 103 ", b"HTTP/1.1 100 "))


def check_fields(answer: Read) -> None:
    names = [name for name, _ in answer.fields]
    assert not HOP & set(names), names
    assert all(not re.search(rb"[\r\n\0]", value) for _, value in answer.fields)
    for once in (b"content-length", b"transfer-encoding", b"date", b"gap-auth"):
        assert names.count(once) <= 1 or once == b"date"
    assert not {b"content-length", b"transfer-encoding"} <= set(names)


def ask_again(wire: Wire, cookie: bytes) -> None:
    """Send a second request on the same connection, if it is open: the answer must be its own."""
    is_waiting = bool(wire.inbound._exchange) or wire.inbound._body is not None
    if wire.client.closed or is_waiting:
        return
    before = len(wire.client.written)
    wire.client_sends(request(b"/second", cookie=cookie))
    wire.upstream_sends(SECOND)
    answers, rest = read_answers(bytes(wire.client.written[before:]), [b"GET"], ended=False)
    assert [(a.start, a.body) for a in answers] == [(200, b"second")]
    assert rest == b""
