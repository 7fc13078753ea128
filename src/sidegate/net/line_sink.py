"""Where log lines go: a bounded queue in memory, emptied by one background thread.

Rule 1: whoever logs never waits. A blocked or broken output costs lines, which are counted.
Rule 2: the thread sleeps without a timeout while there is nothing to write; the first line wakes
        it, then it gathers lines for a moment so that one `write` carries many.
Rule 3: a line is never glued to half of another: after a torn write the next one starts afresh.
"""

import os
import threading
import time
from collections import deque

_GATHER = 0.1  # seconds that lines wait for company
_CHUNK = 64 * 1024  # bytes joined for one write
_RETRY = 0.05  # seconds between tries while a non-blocking output is full
_PATIENCE = 1.0  # seconds of that until the lines are given up
_NEWLINE = 0x0A


class LineSink:
    """Takes lines without their newline and writes them to a file descriptor.

    `max_lines` and `max_bytes` bound what waits; `dropped` counts the lines that were lost. Meant
    for one writing thread, the event loop's; lines of others arrive too, but the byte bound may
    then be off by the size of a few lines.
    """

    __slots__ = (
        "_accepted",
        "_asleep",
        "_closing",
        "_fd",
        "_lines",
        "_max_bytes",
        "_max_lines",
        "_overflowed",
        "_taken",
        "_thread",
        "_torn",
        "_unwritten",
        "_wake",
    )

    def __init__(self, fd: int, *, max_lines: int = 65536, max_bytes: int = 8 << 20) -> None:
        self._fd = fd
        self._max_lines = max_lines
        self._max_bytes = max_bytes
        self._lines: deque[str] = deque()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None  # from the first line on, so after any fork
        self._asleep = True
        self._torn = False
        # Each counter has one writer: the logging side the first pair, the thread the second.
        self._accepted = 0
        self._overflowed = 0
        self._taken = 0
        self._unwritten = 0

    def __repr__(self) -> str:
        return f"<LineSink fd={self._fd} waiting={len(self._lines)} dropped={self.dropped}>"

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
            self._drain()
            self._asleep = True
            if self._lines:  # came between the last look and falling asleep
                self._asleep = False
                continue
            self._wake.wait()
            self._wake.clear()
        self._drain()

    def _drain(self) -> None:
        while self._lines:
            chunk, count = self._take()
            left = self._send(chunk)
            if left:
                self._unwritten += min(count, left.count(b"\n"))

    def _take(self) -> tuple[bytes, int]:
        """Take lines off the queue, about one chunk of bytes."""
        taken = [] if not self._torn else [""]
        size = count = 0
        while self._lines and size < _CHUNK:
            line = self._lines.popleft()
            taken.append(line)
            size += len(line)
            count += 1
        self._taken += size
        taken.append("")
        return "\n".join(taken).encode("ascii", "backslashreplace"), count

    def _send(self, data: bytes) -> bytes:
        """Write all of it and return what the output did not take."""
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
        return left
