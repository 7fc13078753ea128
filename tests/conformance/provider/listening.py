"""What every scripted provider is: a server on loopback that keeps each request it gets."""

import socketserver
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from tests.conformance.provider.answers import Canned, send

LOOPBACK = "127.0.0.1"


@dataclass
class Clock:
    """The time of a test: the real one, moved by `offset` seconds."""

    offset: float = 0.0

    def __call__(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self.offset  # noqa: TID251 - this is the movable clock


@dataclass(frozen=True)
class Call:
    """One request to the provider: which endpoint, how, and with what."""

    endpoint: str
    method: str
    target: str
    fields: dict[str, str]
    form: dict[str, str]
    body: str = ""


class Listening(socketserver.ThreadingTCPServer):
    """Listens on loopback; `issuer` is its address. A child says what each call gets.

    It answers from `begin` on, which a child calls when it has all it needs.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, clock: Clock | None = None, port: int = 0) -> None:
        super().__init__((LOOPBACK, port), _Conversation)
        self.issuer = f"http://{LOOPBACK}:{self.server_address[1]}"
        self.clock = clock or Clock()
        self.calls: list[Call] = []
        self.ending = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def begin(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Stop; whoever waits for an answer is cut off."""
        self.ending.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    def count(self, endpoint: str) -> int:
        """Return how many requests came to an endpoint so far, such as `token` or `userinfo`."""
        return Counter(call.endpoint for call in self.calls)[endpoint]

    def answer(self, call: Call) -> Canned:
        """Return what this call gets."""
        raise NotImplementedError


class _Conversation(socketserver.StreamRequestHandler):
    """One connection, one request."""

    server: Listening

    def handle(self) -> None:
        """Read a request, keep it, answer it."""
        try:
            call = self._read()
            if call is not None:
                self.server.calls.append(call)
                send(self.connection, self.server.answer(call), self.server.ending)
        except (ConnectionError, ValueError):
            pass  # the other side left

    def _read(self) -> Call | None:
        line = self.rfile.readline().decode("latin-1").split(" ")
        if len(line) != 3:
            return None
        fields = {}
        while text := self.rfile.readline().decode("latin-1").rstrip("\r\n"):
            name, _, value = text.partition(":")
            fields[name.lower()] = value.strip()
        body = self.rfile.read(int(fields.get("content-length", "0"))).decode()
        path = urlsplit(line[1]).path
        known = {"/.well-known/openid-configuration": "discovery"}
        endpoint = known.get(path, path.strip("/"))
        return Call(endpoint, line[0], line[1], fields, dict(parse_qsl(body)), body)
