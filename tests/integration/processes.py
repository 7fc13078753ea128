"""Real programs as children of a test: started, waited for, ended, their words kept."""

import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

LOOPBACK = "127.0.0.1"


_PORTS = iter(random.sample(range(15000, 30000), 15000))


def free_port() -> int:
    """Return a port of loopback where nobody listens, another one each time.

    Not one of those that the system gives to clients: between the question and the use one of the
    many connections of the tests could get it.
    """
    for port in _PORTS:
        with suppress(OSError), socket.socket() as probe:
            probe.bind((LOOPBACK, port))
            return port
    raise AssertionError("no port is free")


def until(holds: Callable[[], object], seconds: float, what: str) -> None:
    """Return as soon as `holds` says so. Raises AssertionError when it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def listens(port: int, host: str = LOOPBACK) -> bool:
    """Say whether somebody takes connections at a port."""
    with suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


class Process:
    """A child process in a session of its own; what it writes goes to a file, or to `output`."""

    def __init__(
        self, command: Sequence[str], *, output: int | None = None, **environment: str
    ) -> None:
        self.log = Path(tempfile.mkstemp(suffix=".log")[1])
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log if output is None else output,
                stderr=log,
                env={**os.environ, **environment},
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """All it wrote so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_until(self, holds: Callable[[], object], seconds: float, what: str) -> None:
        """Wait for something that this process must make true, and fail at once when it ends."""

        def holds_or_ended() -> bool:
            assert self.child.poll() is None, f"ended with {self.child.returncode}:\n{self.output}"
            return bool(holds())

        until(holds_or_ended, seconds, f"{what}\n{self.output[-2000:]}")

    def peak_memory(self) -> int:
        """Return the largest resident size so far, in bytes."""
        return self._status("VmHWM")

    def memory(self) -> int:
        """Return the resident size now, in bytes."""
        return self._status("VmRSS")

    def _status(self, name: str) -> int:
        lines = Path(f"/proc/{self.child.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

    def ask_to_end(self) -> None:
        """Send SIGTERM and return at once."""
        self.child.send_signal(signal.SIGTERM)

    def end(self, seconds: float = 20) -> int:
        """Ask to end, wait, and return the exit code; whoever stays is killed and returns -9."""
        with suppress(ProcessLookupError):
            self.ask_to_end()
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            return self.child.wait()

    def forget(self) -> None:
        """Remove the log."""
        self.log.unlink(missing_ok=True)
