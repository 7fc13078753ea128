"""Bodies: the payload, the bytes behind it, or our error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.errors import BadRequest
from sidegate.http1.framing import LAST_CHUNK, ChunkedBody, LengthBody, UntilClose, as_chunk


def read(raw: bytes, pieces: int = 1) -> tuple[bytes, bytes, bool]:
    """Feed `raw` in that many pieces."""
    body, payload, rest = ChunkedBody(), b"", b""
    size = max(1, -(-len(raw) // pieces))
    for at in range(0, len(raw), size):
        if body.is_done:
            rest += raw[at : at + size]
            continue
        more, behind = body.feed(raw[at : at + size])
        payload, rest = payload + more, rest + behind
    return payload, rest, body.is_done


def test_a_length_body_ends_exactly() -> None:
    body = LengthBody(5)
    assert body.feed(b"abc") == (b"abc", b"")
    assert body.feed(b"deNEXT") == (b"de", b"NEXT")
    assert body.is_done


def test_an_until_close_body_never_ends_by_itself() -> None:
    body = UntilClose()
    assert body.feed(b"abc") == (b"abc", b"")
    assert not body.is_done


@pytest.mark.parametrize("pieces", [1, 2, 3, 7, 100])
def test_chunks_are_read_in_any_split(pieces: int) -> None:
    raw = b'5;a="b;\\"c";d=e ; f\r\nhello\r\n00A \t;x\r\n0123456789\r\n0\r\nT: 1\r\n\r\nNEXT'
    assert read(raw, pieces) == (b"hello0123456789", b"NEXT", True)


@pytest.mark.parametrize(
    "raw",
    [
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhelloX\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"+5\r\nhello\r\n",
        b"0x5\r\nhello\r\n",
        b"5_0\r\n",
        b" 5\r\nhello\r\n",
        b"-1\r\n",
        b"\r\n",
        b"g\r\n",
        b"11111111111111111\r\n",
        b"8000000000000000\r\nx",
        b"5;\r\nhello",
        b"5;a=\r\nhello",
        b"5;=b\r\nhello",
        b"5;a b\r\nhello",
        b'5;a="b\r\nhello',
        b'5;a="b"c\r\nhello',
        b"5 \r\nhello",
        b"5;" + b"a" * 5000 + b"\r\n",
        b"5;\x00\r\nhello",
        b"5\r\r\nhello",
        b"0\r\nContent-Length: 5\r\n\r\n",
        b"0\r\n no name\r\n\r\n",
        b"0\r\nno colon\r\n\r\n",
        b"0\r\nno name(: 1\r\n\r\n",
        b"0\r\nA : 1\r\n\r\n",
        b"0\r\nContent_Length: 5\r\n\r\n",
        b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"0\r\nHost: evil.test\r\n\r\n",
        b"0\r\nConnection: close\r\n\r\n",
        b"0\r\nTrailer: A\r\n\r\n",
        b"0\r\n" + b"A: b\r\n" * 6000,
        b"1;" + b"a" * 4000 + b"\r\nx\r\n" + (b"1;" + b"a" * 4000 + b"\r\nx\r\n") * 5,
    ],
)
def test_doubtful_chunks_are_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        read(raw)


def test_a_line_without_an_end_is_bounded() -> None:
    with pytest.raises(BadRequest):
        read(b"5;" + b"a" * 5000, pieces=100)


@given(st.lists(st.binary(min_size=1, max_size=40)), st.integers(1, 50))
def test_what_is_written_is_read_back(payloads: list[bytes], pieces: int) -> None:
    raw = b"".join(map(as_chunk, payloads)) + LAST_CHUNK
    assert read(raw + b"GET", pieces) == (b"".join(payloads), b"GET", True)


@given(st.binary(max_size=100), st.integers(1, 10))
def test_nothing_but_a_value_or_our_error_comes_out(raw: bytes, pieces: int) -> None:
    try:
        payload, rest, _ = read(raw, pieces)
    except BadRequest:
        return
    assert len(payload) + len(rest) <= len(raw)


@given(st.binary(max_size=60), st.integers(1, 10))
def test_a_split_never_changes_the_meaning(raw: bytes, pieces: int) -> None:
    raw = b"3\r\nabc\r\n" + raw

    def outcome(count: int) -> tuple[bytes, bytes, bool] | str:
        try:
            return read(raw, count)
        except BadRequest:
            return "refused"

    assert outcome(pieces) == outcome(1)
