"""Where log lines go: a bounded queue in memory, emptied by one background thread.

Rule 1: whoever logs never waits. A blocked or broken output costs lines, which are counted, and
        told in the log as soon as it can be written again.
Rule 2: the thread sleeps without a timeout while there is nothing to write; the first line wakes
        it, then it gathers lines for a moment so that one `write` carries many.
Rule 3: a line is never glued to half of another: after a torn write the next one starts afresh.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

_GATHER = 0.1  # seconds that lines wait for company
_CHUNK = 64 * 1024  # bytes joined for one write
_RETRY = 0.05  # seconds between tries while a non-blocking output is full
_PATIENCE = 1.0  # seconds of that until the lines are given up
_HOLD = 1.0  # seconds between tries while held lines cannot be written
_NEWLINE = 0x0A


class Output(Protocol):
    """Takes lines. Only the thread of one sink calls it."""

    def send(self, lines: bytes) -> int:
        """Write whole lines; return how many were lost. Never raises."""


class Descriptor:
    """A file descriptor that is open already, such as standard output."""

    __slots__ = ("_fd", "_torn")

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._torn = False

    def __repr__(self) -> str:
        return f"<Descriptor {self._fd}>"

    def send(self, lines: bytes) -> int:
        """Write all of it, or as much as the output takes."""
        data = b"\n" + lines if self._torn else lines
        left = data
        give_up = time.monotonic() + _PATIENCE
        try:
            while left:
                try:
                    left = left[os.write(self._fd, left) :]
                except BlockingIOError:
                    if time.monotonic() >= give_up:
                        break
                    time.sleep(_RETRY)
        except OSError:  # EPIPE, ENOSPC, EIO: nobody is left to tell, the counter says it
            pass
        if len(left) < len(data):
            self._torn = data[len(data) - len(left) - 1] != _NEWLINE
        return min(lines.count(b"\n"), left.count(b"\n"))


class LineSink:
    """Takes lines without their newline and writes them to an output.

    `max_lines` and `max_bytes` bound what waits; `dropped` counts the lines that were lost. Meant
    for one writing thread, the event loop's; lines of others arrive too, but the byte bound may
    then be off by the size of a few lines. `tell` makes the line that says how many were lost.
    `holds`: lines that cannot be written now are tried again and again, for as long as there is
    room for more.
    """

    __slots__ = (
        "_accepted",
        "_asleep",
        "_closing",
        "_holds",
        "_lines",
        "_max_bytes",
        "_max_lines",
        "_output",
        "_overflowed",
        "_taken",
        "_tell",
        "_thread",
        "_told",
        "_unwritten",
        "_wake",
    )

    def __init__(
        self,
        output: Output,
        *,
        max_lines: int = 65536,
        max_bytes: int = 8 << 20,
        tell: Callable[[int], str] | None = None,
        holds: bool = False,
    ) -> None:
        self._output = output
        self._max_lines = max_lines
        self._max_bytes = max_bytes
        self._tell = tell
        self._holds = holds
        self._lines: deque[str] = deque()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None  # from the first line on, so after any fork
        self._asleep = True
        # Each counter has one writer: the logging side the first pair, the thread the others.
        self._accepted = 0
        self._overflowed = 0
        self._taken = 0
        self._unwritten = 0
        self._told = 0

    def __repr__(self) -> str:
        return f"<LineSink {self._output} waiting={len(self._lines)} dropped={self.dropped}>"

    @property
    def dropped(self) -> int:
        """How many lines were lost so far: no room, or the output did not take them."""
        return self._overflowed + self._unwritten

    def __call__(self, line: str) -> None:
        """Queue one line. Never blocks, never raises."""
        lines = self._lines
        if len(lines) >= self._max_lines or self._accepted - self._taken >= self._max_bytes:
            self._overflowed += 1
            return
        self._accepted += len(line)
        lines.append(line)
        if self._asleep:
            self._rouse()

    def close(self, timeout: float = 2.0) -> None:
        """Write what waits, for `timeout` seconds at most; what is left then counts as dropped."""
        self._closing.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout)
        self._overflowed += len(self._lines)
        self._max_lines = 0  # later lines are dropped and counted

    def _rouse(self) -> None:
        if self._closing.is_set():
            return
        self._asleep = False
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="log", daemon=True)
            self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._closing.wait(_GATHER)
            if not self._drain():
                self._closing.wait(_HOLD)
                continue
            self._asleep = True
            if self._lines:  # came between the last look and falling asleep
                self._asleep = False
                continue
            self._wake.wait()
            self._wake.clear()
        self._drain()

    def _drain(self) -> bool:
        """Write what waits; say whether nothing is held."""
        while self._lines:
            taken, size = self._take()
            lost = self._output.send(_joined(taken))
            if lost and self._holds:
                self._lines.extendleft(reversed(taken))
                return False
            self._taken += size
            self._unwritten += lost
            if not lost:
                self._tell_of_lost()
        return True

    def _take(self) -> tuple[list[str], int]:
        """Take lines off the queue, about one chunk of bytes."""
        taken = []
        size = 0
        while self._lines and size < _CHUNK:
            line = self._lines.popleft()
            taken.append(line)
            size += len(line)
        return taken, size

    def _tell_of_lost(self) -> None:
        """Say how many lines were lost since that was said last."""
        lost = self.dropped - self._told
        if lost and self._tell is not None and not self._output.send(_joined([self._tell(lost)])):
            self._told += lost


def _joined(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("ascii", "backslashreplace")
