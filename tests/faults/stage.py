"""The stage of one fault: a provider, an application, gates, and a folder for their files."""

import os
import secrets
import socket
import sys
import tempfile
import threading
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

import httpx

from tests.conformance.browser import Browser
from tests.conformance.provider import Provider
from tests.faults.balancer import Balancer
from tests.integration.processes import LOOPBACK, Process, free_port, listens, until

PERSON = "alice@example.com"
Part = TypeVar("Part", bound=AbstractContextManager[Any])


@dataclass
class Gate:
    """One `sidegate serve` that runs."""

    port: int
    metrics_port: int
    process: Process

    def status(self, path: str) -> int:
        """Return how it answers a path, over a connection of its own."""
        browser = Browser(self.port)
        answer = browser.get(path)
        browser.close()
        return answer.status

    def is_ready(self) -> bool:
        """Say whether it wants requests."""
        return self.status("/ready") == 200

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of the samples of this name that have these labels."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        text = httpx.get(f"http://{LOOPBACK}:{self.metrics_port}/metrics").text
        lines = [line for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} "))]
        fitting = [line for line in lines if all(one in line for one in wanted)]
        return sum(float(line.rpartition(" ")[2]) for line in fitting)

    def cpu(self) -> float:
        """Return the seconds of processor time it used so far."""
        stat = Path(f"/proc/{self.process.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


class Stage:
    """Where a fault is played. Everything made here ends with it."""

    def __init__(self) -> None:
        self._ending = ExitStack()
        self.folder = Path(
            self._ending.enter_context(tempfile.TemporaryDirectory(prefix="sidegate-faults-"))
        )
        self.application = self._ending.enter_context(Application())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def enter(self, part: Part) -> Part:
        """Return a part that ends with the stage."""
        return self._ending.enter_context(part)

    def provider(self, **how: Any) -> Provider:
        """Return a scripted provider that answers. `port`: where, instead of anywhere."""
        return self._ending.enter_context(Provider(**how))

    def balancer(self, *gates: Gate) -> Balancer:
        """Return a TCP balancer before these gates."""
        return self._ending.enter_context(Balancer([gate.port for gate in gates]))

    def write(self, name: str, text: str) -> Path:
        """Write a file that replaces the one of before at once; return where."""
        path = self.folder / name
        new = path.with_name(f".{name}.new")
        new.write_text(text)
        new.rename(path)
        return path

    def gate(
        self,
        issuer: str,
        *flags: str,
        client: tuple[str, str] = ("", ""),
        through: tuple[str, ...] = (),
    ) -> Gate:
        """Return a gate that listens. Flags here replace those it would have.

        `through`: a command that runs what follows it.
        """
        port, metrics_port = free_port(), free_port()
        client_id, client_secret = client
        for name, text in (("client", client_secret), ("cookie", secrets.token_urlsafe(32))):
            if not (self.folder / name).exists():
                self.write(name, text or "none")
        own = [
            f"--http-address={LOOPBACK}:{port}",
            f"--metrics-address={LOOPBACK}:{metrics_port}",
            "--provider=oidc",
            f"--oidc-issuer-url={issuer}",
            f"--client-id={client_id or 'app-client'}",
            f"--client-secret-file={self.folder / 'client'}",
            f"--cookie-secret-file={self.folder / 'cookie'}",
            f"--upstream={self.application.url}",
            "--email-domain=example.com",
            "--reverse-proxy",
            "--drain-delay=0s",
            "--shutdown-timeout=1s",
        ]
        given = {flag.partition("=")[0] for flag in flags}
        used = [flag for flag in own if flag.partition("=")[0] not in given]
        process = Process([*through, sys.executable, "-m", "sidegate", "serve", *used, *flags])
        self._ending.callback(process.forget)
        self._ending.callback(process.end)
        process.wait_until(lambda: listens(metrics_port), 30, "the gate to listen")
        return Gate(port, metrics_port, process)

    def gate_of(self, provider: Provider, *flags: str) -> Gate:
        """Return a gate that is ready to sign people in at this provider."""
        client = (provider.client_id, provider.client_secret)
        gate = self.gate(provider.issuer, *flags, client=client)
        gate.process.wait_until(gate.is_ready, 30, "the gate to be ready")
        return gate

    def sign_in(self, port: int, provider: Provider, person: Any = PERSON) -> Browser:
        """Return a browser that signed in at a gate or balancer."""
        browser = Browser(port)
        self._ending.callback(browser.close)
        started = browser.get("/oauth2/start?rd=/")
        assert started.status == 302, f"the sign-in began with {started.status}"
        back = provider.authorize(started.get("location"), person)
        ended = browser.get(f"/oauth2/callback?{urlencode(back.parameters)}")
        assert ended.status == 302, f"the sign-in ended with {ended.status}: {ended.text[:300]}"
        return browser

    def until(self, holds: Any, seconds: float, what: str) -> None:
        """Return as soon as `holds` says so."""
        until(holds, seconds, what)


class Application:
    """Answers every request with 200 and remembers nothing."""

    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"

    def __init__(self) -> None:
        self._socket = socket.create_server((LOOPBACK, 0), backlog=512)
        self.url = f"http://{LOOPBACK}:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            waiting = b""
            while data := connection.recv(65536):
                *heads, waiting = (waiting + data).split(b"\r\n\r\n")
                connection.sendall(self.ANSWER * len(heads))
