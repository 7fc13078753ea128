"""`sidegate top` looks at a real gate: once, and in a terminal until a key ends it."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress

import pytest

from sidegate.top.screen import GIVE_BACK, HOME, TAKE
from tests.integration.processes import free_port, until

PUBLIC = "--skip-auth-route=^/"
TOP = [sys.executable, "-m", "sidegate", "top"]
ANSI = re.compile("\x1b\\[[0-9;?]*[A-Za-z]")


# Makes the terminal its own, so that Ctrl-C is a signal, and goes on as another program.
OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


class Terminal:
    """A terminal of 80 by 24 with `sidegate top` in it."""

    def __init__(self, *words: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        command = [sys.executable, "-c", OWN_TERMINAL, *TOP[1:], *words]
        self.child = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        self.seen = ""

    def wait_for(self, words: str) -> None:
        """Read until these words were drawn."""
        until(lambda: self._read() and words in self.seen, 20, f"{words!r} in {self.seen[-2000:]}")

    def press(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.master, keys)

    def _read(self) -> bool:
        with suppress(OSError):
            while select.select([self.master], [], [], 0.05)[0]:
                self.seen += os.read(self.master, 65536).decode()
        return True

    def end(self) -> int:
        """Return the status after what is left was read."""
        until(lambda: self._read() and self.child.poll() is not None, 20, "the end")
        self._read()
        return self.child.returncode

    def close(self) -> None:
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for one in opened:
        one.close()


def row(frame: str, name: str) -> list[str]:
    return next(line.split() for line in frame.splitlines() if line.strip().startswith(name))


def test_one_frame_counts_what_a_gate_did(gate):
    port = free_port()
    public = gate(PUBLIC, f"--metrics-address=127.0.0.1:{port}")
    for _ in range(20):
        with public.wire() as wire:
            assert wire.got("GET /a").status == 200
    done = subprocess.run(
        [*TOP, "--once", f"--metrics=http://127.0.0.1:{port}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "\x1b" not in done.stdout
    assert row(done.stdout, "requests")[2] == "20"
    assert row(done.stdout, "2xx")[2] == "20"
    assert row(done.stdout, "latency")[1] == "p50"
    assert "since start" in done.stdout
    assert all(len(line) < 80 for line in done.stdout.splitlines())


@pytest.mark.parametrize("keys", [b"q", b"\x03"], ids=["q", "Ctrl-C"])
def test_a_key_ends_the_view_and_the_terminal_is_as_before(gate, terminal, keys):
    port = free_port()
    gate(PUBLIC, f"--metrics-address=127.0.0.1:{port}")
    view = Terminal(f"--metrics=http://127.0.0.1:{port}", "--interval=0.2")
    terminal.append(view)
    view.wait_for("last 0 s")
    view.press(keys)
    assert view.end() == 0
    assert view.seen.startswith(TAKE)
    assert view.seen.endswith(GIVE_BACK)
    assert termios.tcgetattr(view.slave) == view.before
    frames = [ANSI.sub("", frame).split("\r\n") for frame in view.seen.split(HOME)]
    assert max(map(len, frames)) <= 24
    assert all(len(line) < 80 for frame in frames for line in frame)


def test_a_gate_that_restarts_is_waited_for(gate, terminal):
    port = free_port()
    metrics = f"--metrics-address=127.0.0.1:{port}"
    first = gate(PUBLIC, metrics)
    view = Terminal(f"--metrics=http://127.0.0.1:{port}", "--interval=0.2")
    terminal.append(view)
    view.wait_for("last 0 s")
    first.process.end()
    view.wait_for("no answer: ")
    view.seen = ""
    gate(PUBLIC, metrics)
    view.wait_for("since start")
    view.press(b"q")
    assert view.end() == 0
