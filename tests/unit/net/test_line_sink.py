"""Lines arrive whole and in order; an output that fails costs lines, which are counted."""

import errno
import os
import threading
from collections.abc import Callable

import pytest

from sidegate.net import line_sink
from sidegate.net.line_sink import Descriptor, LineSink

Write = Callable[[int, bytes], int]


class Output:
    """Stands in for `os.write`: takes what it is told to take, then fails as it is told to."""

    def __init__(self) -> None:
        self.taken = b""
        self.calls = 0
        self.wrote = threading.Event()
        self.script: list[int | OSError] = []

    def write(self, fd: int, data: bytes) -> int:
        """Do the next step of the script, or take everything."""
        assert fd == 1
        self.calls += 1
        step = self.script.pop(0) if self.script else len(data)
        self.wrote.set()
        if isinstance(step, OSError):
            raise step
        self.taken += data[:step]
        return min(step, len(data))


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Output:
    output = Output()
    monkeypatch.setattr(line_sink, "_GATHER", 0.001)
    monkeypatch.setattr(line_sink, "_RETRY", 0.0)
    monkeypatch.setattr(os, "write", output.write)
    return output


def test_lines_arrive_in_order_and_many_share_one_write(output: Output) -> None:
    sink = LineSink(Descriptor(1))
    for number in range(1000):
        sink(f"line {number}")
    sink.close()
    assert output.taken.decode().splitlines() == [f"line {number}" for number in range(1000)]
    assert output.calls < 50
    assert sink.dropped == 0


def test_lines_are_written_soon_without_closing(output: Output) -> None:
    sink = LineSink(Descriptor(1))
    for round_trip in (b"a\n", b"a\na\n"):  # the second finds the thread asleep
        output.wrote.clear()
        sink("a")
        assert output.wrote.wait(5)
        assert output.taken == round_trip
    sink.close()


def test_no_thread_exists_before_the_first_line(output: Output) -> None:
    sink = LineSink(Descriptor(1))
    assert sink._thread is None
    sink.close()
    assert output.calls == 0


def test_a_full_queue_drops_and_counts_instead_of_waiting(output: Output) -> None:
    sink = LineSink(Descriptor(1), max_lines=3)
    sink._asleep = False  # as if the thread were stuck in a blocked write
    for _ in range(5):
        sink("x")
    assert sink.dropped == 2
    small = LineSink(Descriptor(1), max_bytes=10)
    small._asleep = False
    for _ in range(5):
        small("12345")
    assert small.dropped == 3
    assert output.calls == 0


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC, errno.EIO, errno.EBADF])
def test_a_broken_output_costs_its_lines_and_later_ones_get_through(
    output: Output, number: int
) -> None:
    sink = LineSink(Descriptor(1))
    output.script = [OSError(number, "broken")]
    sink("lost")
    assert output.wrote.wait(5)
    sink("kept")
    sink.close()
    assert output.taken in {b"kept\n", b""}  # both may have been one write
    assert sink.dropped + output.taken.count(b"\n") == 2
    assert sink.dropped >= 1


def test_a_full_non_blocking_output_is_tried_again_for_a_while(output: Output) -> None:
    sink = LineSink(Descriptor(1))
    output.script = [BlockingIOError(), 2, BlockingIOError()]
    sink("abc")
    sink.close()
    assert output.taken == b"abc\n"
    assert sink.dropped == 0


def test_a_non_blocking_output_that_stays_full_loses_the_line(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_sink, "_PATIENCE", 0.0)
    sink = LineSink(Descriptor(1))
    output.script = [BlockingIOError()]
    sink("abc")
    sink.close()
    assert sink.dropped == 1


def test_half_a_line_is_never_glued_to_the_next(output: Output) -> None:
    sink = LineSink(Descriptor(1))
    output.script = [2, OSError(errno.ENOSPC, "full")]
    sink._lines.append("abcdef")
    sink._drain()
    sink._lines.append("next")
    sink._drain()
    assert output.taken == b"ab\nnext\n"
    assert sink.dropped == 1


def test_lines_after_the_end_are_counted_as_dropped(output: Output) -> None:
    sink = LineSink(Descriptor(1))
    sink.close()
    sink("late")
    assert sink.dropped == 1
    assert output.calls == 0


def test_a_blocked_output_does_not_hold_up_whoever_logs_nor_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blocked, release = threading.Event(), threading.Event()

    def write(_fd: int, data: bytes) -> int:
        blocked.set()
        release.wait(10)
        return len(data)

    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(line_sink, "_GATHER", 0.001)
    sink = LineSink(Descriptor(1))
    sink("first")
    assert blocked.wait(5)
    sink("second")  # returns at once
    sink.close(timeout=0.01)
    assert sink.dropped == 1
    release.set()
    assert sink._thread is not None
    sink._thread.join(5)  # before the real `os.write` is back


class Disk:
    """An output that is full until somebody makes room."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.is_full = True
        self.asked = threading.Event()

    def send(self, lines: bytes) -> int:
        """Take all or nothing."""
        self.asked.set()
        if self.is_full:
            return lines.count(b"\n")
        self.taken += lines.splitlines()
        return 0


def test_how_many_lines_were_lost_is_told_when_lines_are_written_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line_sink, "_GATHER", 0.001)
    disk = Disk()
    sink = LineSink(disk, tell=lambda lost: f"{lost} were lost")
    sink("one")
    assert disk.asked.wait(5)
    while sink.dropped == 0:
        disk.asked.wait(0.01)
    disk.is_full = False
    sink("two")
    sink.close()
    assert disk.taken == [b"two", b"1 were lost"]
    assert sink.dropped == 1


def test_lines_that_are_held_are_written_in_order_when_there_is_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line_sink, "_GATHER", 0.001)
    monkeypatch.setattr(line_sink, "_HOLD", 0.001)
    disk = Disk()
    sink = LineSink(disk, max_lines=3, tell=lambda lost: f"{lost} were lost", holds=True)
    for number in range(3):
        sink(f"line {number}")
    assert disk.asked.wait(5)
    disk.is_full = False
    sink.close()
    assert disk.taken == [b"line 0", b"line 1", b"line 2"]
    assert sink.dropped == 0


def test_what_is_held_at_the_end_is_counted_as_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_sink, "_HOLD", 0.001)
    sink = LineSink(Disk(), holds=True)
    sink("one")
    sink("two")
    sink.close()
    assert sink.dropped == 2
