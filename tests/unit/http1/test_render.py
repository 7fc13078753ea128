"""Answers of the gate as bytes."""

import pytest

from sidegate.core.messages import Response
from sidegate.http1.render import http_date, response_bytes


def test_an_answer_has_length_date_and_nothing_unasked() -> None:
    raw = response_bytes(
        Response(200, [("Content-Type", "text/plain")], b"ok"), is_head=False, close=False, now=0
    )
    assert raw == (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
        b"Content-Length: 2\r\n\r\nok"
    )


def test_a_204_has_neither_length_nor_body() -> None:
    raw = response_bytes(Response(204, [], b"x"), is_head=False, close=True, now=0)
    assert raw.endswith(b"GMT\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: x", "a\nb", "a\0"])
def test_a_header_never_becomes_two(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        response_bytes(Response(302, [("Location", value)]), is_head=False, close=False, now=0)


def test_the_date_is_an_imf_fixdate() -> None:
    assert http_date(1_795_000_000) == b"Wed, 18 Nov 2026 11:06:40 GMT"
