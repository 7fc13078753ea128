"""A gate that runs, and an application that records: for rows that are played from outside."""

import functools
import socketserver
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sidegate.core.identity import Identity, Tokens
from sidegate.core.secret import Secret
from tests.integration.processes import LOOPBACK, Process, free_port, listens
from tests.integration.wire import Answer, Wire
from tests.kit.gate import cookie_for, proxy

# The rows name oauth2-proxy's GitHub; what they show does not depend on who signs people in.
PROVIDER = (
    "--provider=oidc",
    f"--oidc-issuer-url=http://{LOOPBACK}:1",
    "--client-id=cid",
    "--client-secret=csec",
    "--cookie-secret=0123456789abcdefghijklmnopqrstuv",
    "--email-domain=*",
    "--cookie-secure=false",
)


class Recorder(socketserver.ThreadingTCPServer):
    """An application that answers `ok` and keeps each head as it came."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), Conversation)
        self.heads: list[bytes] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """Where it listens, as host and port."""
        return f"{LOOPBACK}:{self.server_address[1]}"

    def taken(self) -> bytes | None:
        """Return the head of the one request that came since the last time, or None."""
        heads, self.heads = self.heads, []
        assert len(heads) <= 1
        return heads[0] if heads else None

    def end(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()


class Conversation(socketserver.StreamRequestHandler):
    """One connection from a gate; none of the rows has a body."""

    server: Recorder

    def handle(self) -> None:
        """Answer request after request."""
        while head := self._head():
            self.server.heads.append(head)
            body = b"" if head.startswith(b"HEAD ") else b"ok"
            self.wfile.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
                b"X-Upstream: yes\r\nContent-Length: 2\r\n\r\n" + body
            )

    def _head(self) -> bytes:
        """Return the lines of a head, or nothing at the end of the connection."""
        head = b""
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            head += line
        return head if line else b""


class Gates:
    """Gates by their flags, started when first asked for."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, ...], tuple[int, Process]] = {}

    def port(self, *flags: str) -> int:
        """Return where the gate with these flags listens."""
        if flags not in self._running:
            port = free_port()
            process = Process(_command(f"--http-address={LOOPBACK}:{port}", *flags))
            process.wait_until(lambda: listens(port), 20, "the gate to listen")
            self._running[flags] = (port, process)
        return self._running[flags][0]

    def end(self) -> None:
        """Stop them all and look whether one of them stumbled."""
        for _, process in self._running.values():
            process.ask_to_end()
        for _, process in self._running.values():
            assert process.child.wait(20) == 0, process.output
            assert "Traceback" not in process.output, process.output
            process.forget()


def refuses_to_start(*flags: str) -> bool:
    """Say whether a gate with these flags names a mistake instead of listening."""
    process = Process(_command(*flags))
    code = process.child.wait(20)
    output = process.output
    process.forget()
    assert "Traceback" not in output, output
    return code == 1


def _command(*flags: str) -> list[str]:
    quiet = ("--request-logging=false", "--drain-delay=0s")
    return [sys.executable, "-m", "sidegate", "serve", *PROVIDER, *quiet, *flags]


def ask(
    port: int, method: str, target: str, fields: Sequence[bytes], host: str = "app.example.com"
) -> Answer:
    """Send one request of a row and return the answer."""
    head = [f"{method} {target} HTTP/1.1".encode(), f"Host: {host}".encode(), *fields]
    with Wire(port) as wire:
        wire.send(b"\r\n".join(head) + b"\r\n\r\n")
        return wire.answer(method=method)


@functools.cache
def _minting(flags: tuple[str, ...]) -> Any:
    return proxy(*PROVIDER, *flags)


def cookie_of(session: dict[str, Any], *flags: str) -> bytes:
    """Return the Cookie line of a browser with a row's session at a gate with these flags."""
    gate = _minting(flags)
    gate.now = datetime.now(UTC).timestamp()
    identity = Identity(
        session["user"],
        session.get("email", ""),
        session.get("preferred_username", ""),
        tuple(session.get("groups", ())),
    )
    tokens = Tokens(*(_secret(session.get(f"{kind}_token")) for kind in ("access", "id")))
    return b"Cookie: " + cookie_for(gate, identity=identity, tokens=tokens)


def _secret(text: str | None) -> Secret[str] | None:
    return None if text is None else Secret(text)


def read_head(head: bytes | None) -> dict[str, str] | None:
    """Return the fields of a request head, lower-case, values of one name joined.

    Its first line stands under the empty name. None when no request came.
    """
    if head is None:
        return None
    first, *others = head.decode().removesuffix("\r\n").split("\r\n")
    fields: dict[str, list[str]] = {"": [first]}
    for line in others:
        name, _, value = line.partition(": ")
        fields.setdefault(name.lower(), []).append(value)
    return {name: ",".join(values) for name, values in fields.items()}
