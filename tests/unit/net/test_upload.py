"""A body is kept, passed on or dropped, and never larger than it may be."""

import pytest

from sidegate.core.errors import BodyTooLarge
from sidegate.http1.head import CHUNKED
from sidegate.net.upload import PROGRESS, UNWANTED_LIMIT, Upload


def test_what_came_early_is_passed_on_first_and_the_rest_behind_it() -> None:
    upload = Upload(6, 100)
    got: list[bytes] = []
    assert upload.read(b"ab") == b""
    upload.read(b"cd")
    upload.pass_to(got.append)
    assert upload.read(b"efGET /") == b"GET /"
    assert (got, upload.is_done, upload.whole()) == ([b"ab", b"cd", b"ef"], True, b"")


def test_a_body_for_the_gate_is_whole_when_it_is_done() -> None:
    upload = Upload(CHUNKED, 100)
    upload.read(b"2\r\nab\r\n")
    upload.read(b"2\r\ncd\r\n0\r\n\r\n")
    assert (upload.is_done, upload.whole()) == (True, b"abcd")


def test_the_limit_counts_all_pieces() -> None:
    upload = Upload(CHUNKED, 3)
    upload.read(b"2\r\nab\r\n")
    with pytest.raises(BodyTooLarge):
        upload.read(b"2\r\ncd\r\n")


def test_the_limit_can_be_narrowed_later_and_counts_what_came_before() -> None:
    upload = Upload(CHUNKED, 100)
    upload.read(b"4\r\nabcd\r\n")
    assert upload.narrow(200)
    assert upload.narrow(5)
    with pytest.raises(BodyTooLarge):
        upload.read(b"2\r\nef\r\n")
    other = Upload(10, 100)
    other.read(b"abcd")
    assert not other.narrow(3)


def test_a_body_that_drips_does_not_progress() -> None:
    upload = Upload(10_000, 1 << 30)
    upload.read(bytes(PROGRESS))
    assert upload.has_progressed()
    upload.read(bytes(PROGRESS - 1))
    assert not upload.has_progressed()
    upload.narrow(9_000)
    assert not upload.has_progressed()


def test_a_dropped_body_keeps_nothing() -> None:
    upload = Upload(6, 100)
    upload.read(b"ab")
    upload.drop()
    assert upload.read(b"cdefX") == b"X"
    assert (upload.whole(), upload.is_done) == (b"", True)


@pytest.mark.parametrize(
    ("length", "answer"), [(UNWANTED_LIMIT, True), (UNWANTED_LIMIT + 1, False), (CHUNKED, False)]
)
def test_only_a_short_rest_of_known_length_is_worth_reading(length: int, *, answer: bool) -> None:
    assert Upload(length, 1 << 30).is_soon_over is answer
