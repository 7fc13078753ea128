"""Chunked bodies.

- `feed` returns payload and rest, or raises BadRequest; nothing else comes out.
- Payload, rest and verdict are the same for every way TCP cuts the body.
- What is accepted is read by h11 as the same payload, with the same end.
- What is held of an unfinished line is bounded.
"""

import re

import h11
from hypothesis import given

from sidegate.core.errors import BadRequest
from sidegate.http1.framing import ChunkedBody
from tests.fuzz.budget import fuzzed
from tests.fuzz.mutations import CUTS, mutated, pieces
from tests.fuzz.words import WORDS

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
SEEDS = [
    b"5\r\nhello\r\n0\r\n\r\n",
    b"A\r\n0123456789\r\n00000\r\n\r\nGET / HTTP/1.1\r\n",
    b'3;a=b;c="d"\r\nabc\r\n1 ;x\r\n\n\r\n0;last\r\nX-T: 1\r\nY: \r\n\r\nrest',
    b"2\r\n\r\n\r\n0\r\n\r\n",
    b"0\r\nExpires: 0\r\n\r\n0\r\n\r\n",
    b"10\r\n" + bytes(16) + b"\r\n0\r\n\r\n",
]
LINES = [b"0", b"5", b"5;x", b"", b"Content-Length: 5", b"Host: a", b"X-T: 1", b"g", b"-1", b"X:"]
BODIES = mutated(SEEDS, WORDS, LINES)
MOST_HELD = 8192
# RFC 9112 section 7.1.1 allows it, h11 does not.
BLANK_BEFORE_EXTENSION = re.compile(rb"[0-9A-Fa-f][ \t]+;")


def read(parts: list[bytes]) -> tuple[bytes, bytes, bool] | None:
    """Return (payload, bytes behind, complete), or None when the body is refused."""
    body, payload, rest = ChunkedBody(), b"", b""
    for part in parts:
        if body.is_done:
            rest += part
            continue
        try:
            got, rest = body.feed(part)
        except BadRequest:
            return None
        payload += got
        assert len(body._held) <= MOST_HELD
    return payload, rest, body.is_done


@fuzzed(1200)
@given(raw=BODIES, cuts=CUTS)
def test_a_body_is_read_the_same_however_it_is_cut(raw: bytes, cuts: list[int] | None) -> None:
    assert read(pieces(raw, cuts)) == read([raw])


@fuzzed(1000)
@given(raw=BODIES)
def test_h11_reads_the_same_payload(raw: bytes) -> None:
    verdict = read([raw])
    if verdict is None or BLANK_BEFORE_EXTENSION.search(raw):
        return
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(HEAD + raw)
    assert isinstance(reader.next_event(), h11.Request)
    payload = b""
    while isinstance(event := reader.next_event(), h11.Data):
        payload += bytes(event.data)
    assert payload == verdict[0]
    assert isinstance(event, h11.EndOfMessage) == verdict[2]
    if verdict[2]:
        assert reader.trailing_data[0] == verdict[1]
