"""Bytes of a connection become heads, whatever the pieces they come in."""

import pytest

from sidegate.core.errors import BadRequest, HeadTooLarge, TargetTooLong
from sidegate.http1.head import HeadLimits
from sidegate.http1.intake import HELD_LIMIT, Intake

GET = b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n"


def heads(intake: Intake) -> list[bytes]:
    found = []
    while (head := intake.next_head()) is not None:
        found.append(head.target)
    return found


def test_a_whole_head_is_read_and_nothing_is_kept() -> None:
    intake = Intake(HeadLimits())
    intake.feed(GET % b"a")
    assert heads(intake) == [b"/a"]
    assert (len(intake), intake.pending) == (0, b"")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 40, 200])
def test_heads_are_the_same_in_pieces_of_any_size(size: int) -> None:
    raw = GET % b"a" + b"\r\n" + GET % b"b" + b"\r\n\r\n\r\n" + GET % b"c"
    intake = Intake(HeadLimits())
    found = []
    for at in range(0, len(raw), size):
        intake.feed(raw[at : at + size])
        found += heads(intake)
    assert found == [b"/a", b"/b", b"/c"]
    assert len(intake) == 0


def test_what_is_behind_a_head_can_be_taken() -> None:
    intake = Intake(HeadLimits())
    intake.feed(GET % b"a" + b"body")
    assert heads(Intake(HeadLimits())) == []
    head = intake.next_head()
    assert head is not None
    assert (head.target, intake.take(), len(intake)) == (b"/a", b"body", 0)


def test_read_bytes_do_not_pile_up_under_endless_pipelining() -> None:
    intake = Intake(HeadLimits())
    get = GET % b"a"
    half = len(get) // 2
    intake.feed(get[:half])
    for _ in range(100):
        intake.feed(get[half:] + get[:half])
        assert heads(intake) == [b"/a"]
    assert len(intake.pending) < 3 * len(GET)


def test_empty_lines_are_not_kept() -> None:
    intake = Intake(HeadLimits())
    for piece in (b"\r\n", b"\r", b"\n"):
        intake.feed(piece)
        assert intake.next_head() is None
    assert len(intake) == 0


def test_empty_lines_before_a_request_are_skipped_however_many_come_at_once() -> None:
    intake = Intake(HeadLimits())
    intake.feed(b"\r\n\r\n\r\n" + GET % b"a" + b"\r\n\r\n")
    assert heads(intake) == [b"/a"]
    assert len(intake) == 0


def test_many_waiting_requests_fill_it_and_reading_them_empties_it() -> None:
    intake = Intake(HeadLimits(pipelined=3))
    intake.feed((GET % b"a") * 4)
    intake.next_head()
    assert intake.is_full()
    intake.next_head()
    assert not intake.is_full()
    for byte in GET % b"b":  # however it comes, each request counts once
        intake.feed(bytes([byte]))
    assert intake.is_full()
    intake.next_head()
    assert not intake.is_full()


def test_many_waiting_bytes_fill_it() -> None:
    intake = Intake(HeadLimits())
    intake.feed(bytes(HELD_LIMIT))
    assert not intake.is_full()
    intake.feed(b"x")
    assert intake.is_full()


def test_the_limits_count_from_the_beginning_of_each_head() -> None:
    limits = HeadLimits(first_line=40, total=60, fields=5)
    intake = Intake(limits)
    intake.feed((GET % b"a") * 5)
    assert heads(intake) == [b"/a"] * 5
    intake.feed(GET % b"a" + GET % (b"b" * 40))
    intake.next_head()
    with pytest.raises(TargetTooLong):
        intake.next_head()
    intake = Intake(limits)
    intake.feed(GET % b"a" + b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"b" * 40)
    intake.next_head()
    with pytest.raises(HeadTooLarge):
        intake.next_head()


def test_a_bare_line_feed_behind_a_read_head_is_refused_at_once() -> None:
    intake = Intake(HeadLimits())
    intake.feed(GET % b"a" + b"GET / HTTP/1.1\n")
    intake.next_head()
    with pytest.raises(BadRequest):
        intake.next_head()
