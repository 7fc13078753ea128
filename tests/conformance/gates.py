"""Gates for rows: one per distinct set-up, started on first use, with a clock that tests move."""

import json
import mmap
import secrets
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conformance.browser import LOOPBACK, Answer, Browser
from tests.conformance.provider import Clock, Provider
from tests.conformance.serve import RUNS
from tests.conformance.upstream import Upstream
from tests.integration.processes import free_port

METRICS = "--metrics-address=anywhere"  # `start` finds a port
COOKIE_SECRET = "0123456789abcdefghijklmnopqrstuv"


class MovableClock(Clock):
    """A clock whose offset every gate of the test run reads too."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)
        self._number = struct.Struct("d")

    @property
    def offset(self) -> float:  # type: ignore[override]
        """Seconds ahead of the real time."""
        return self._number.unpack_from(self._memory)[0]

    @offset.setter
    def offset(self, seconds: float) -> None:
        self._number.pack_into(self._memory, 0, seconds)


class Nursery:
    """Starts and ends gates; see `serve.py`."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        root = Path(__file__).parents[2]
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.conformance.serve"],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def order(self, **order: Any) -> int:
        """Give an order and return the answer."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps(order).encode() + b"\n")
        self._child.stdin.flush()
        return int(self._child.stdout.readline())

    def end(self) -> None:
        """End; no gate may be left."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        self._child.stdout.close()
        self._child.wait(10)


@dataclass
class Gate:
    """A gate that runs."""

    nursery: Nursery
    pid: int
    port: int
    log: Path
    metrics_port: int = 0
    browsers: list[Browser] = field(default_factory=list)
    may_break: bool = False

    def browser(self, **how: Any) -> Browser:
        """Return a new browser, with no cookies."""
        made = Browser(self.port, **how)
        self.browsers.append(made)
        return made

    @property
    def output(self) -> str:
        """All it printed so far, one text for both streams."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @contextmanager
    def asking(self, browser: Browser, target: str) -> Iterator[Callable[[], Answer]]:
        """Let a browser wait for an answer while other things happen; yield what returns it."""
        with ThreadPoolExecutor(1) as pool:
            yield pool.submit(browser.get, target).result

    def scrape(self) -> str:
        """Return its metrics."""
        browser = Browser(self.metrics_port, behind=False)
        text = browser.get("/metrics").text
        browser.close()
        return text

    def said_until(self, text: str) -> str:
        """Return what it printed, once that has a text in it."""
        _wait(self, lambda: text in self.output, f"to say {text}")
        return self.output

    def said_all(self) -> str:
        """Return all it printed, once the line of a request that is made now is there too."""
        mark = f"/mark-{secrets.token_hex(8)}"
        browser = Browser(self.port)
        browser.get(mark)
        browser.close()
        _wait(self, lambda: mark in self.output, "to log")
        return "".join(line for line in self.output.splitlines(keepends=True) if mark not in line)

    def memory(self, name: str = "VmRSS") -> int:
        """Return the resident size in bytes."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

    def cpu(self) -> float:
        """Return the seconds of processor time it used."""
        stat = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / 100

    def runs(self) -> bool:
        """Say whether it is there."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"

    def hang_up(self) -> None:
        """Close the connections of its browsers."""
        for browser in self.browsers:
            browser.close()
        self.browsers.clear()

    def end(self) -> None:
        """Stop it, and check that it went in order."""
        self.hang_up()
        code = self.nursery.order(do="end", pid=self.pid)
        assert code == 0, f"ended with {code}:\n{self.output}"
        assert self.may_break or "Traceback" not in self.output, self.output


class StartRefused(AssertionError):
    """The gate ended instead of listening; the text is what it printed."""


def start(
    nursery: Nursery,
    folder: Path,
    flags: list[str],
    environment: Mapping[str, str] | None = None,
    *,
    address: str = LOOPBACK,
) -> Gate:
    """Start a gate and return when it listens. Raises StartRefused when it will not."""
    port, metrics_port = free_port(), 0
    if METRICS in flags:
        metrics_port = free_port()
        place = flags.index(METRICS)
        flags = [
            *flags[:place],
            f"--metrics-address={LOOPBACK}:{metrics_port}",
            *flags[place + 1 :],
        ]
    log = folder / f"gate-{secrets.token_hex(8)}.log"
    argv = [f"--http-address={address}:{port}", "--drain-delay=0s", "--shutdown-timeout=1s"]
    used = [flag for flag in argv if flag.partition("=")[0] not in _names(flags)]
    order = {"argv": [*used, *flags], "log": str(log), "clock": str(nursery.clock.path)}
    pid = nursery.order(do="start", environment=dict(environment or {}), **order)
    gate = Gate(nursery, pid, port, log, metrics_port)
    _wait(gate, lambda: _listens(port), "to listen")
    return gate


def wait_ready(gate: Gate) -> None:
    """Return when people can sign in, which it logs; the ready path may be switched off."""
    _wait(gate, lambda: "the provider was discovered" in gate.output, "to be ready")


def honest_flags(idp: Provider, upstream: Upstream, folder: Path) -> list[str]:
    """Return the flags that every gate needs: a provider, secrets in files, an application."""
    secret, key = folder / "client-secret", folder / "cookie-secret"
    secret.write_text(idp.client_secret)
    key.write_text(COOKIE_SECRET)
    return [
        "--provider=oidc",
        f"--oidc-issuer-url={idp.issuer}",
        f"--client-id={idp.client_id}",
        f"--client-secret-file={secret}",
        f"--cookie-secret-file={key}",
        f"--upstream={upstream.url}",
    ]


def _names(flags: list[str]) -> set[str]:
    return {flag.partition("=")[0] for flag in flags}


def _wait(gate: Gate, holds: Any, what: str) -> None:
    end = time.monotonic() + 20
    while not holds():
        if gate.nursery.order(do="poll", pid=gate.pid) != RUNS:
            raise StartRefused(gate.output)
        assert time.monotonic() < end, f"waited for the gate {what}:\n{gate.output}"
        time.sleep(0.01)


def _listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
