"""What scripted providers that are none of OpenID Connect alone have in common."""

import socketserver
import threading
from collections import Counter, defaultdict
from typing import Self

from tests.conformance.provider.answers import Canned
from tests.conformance.provider.server import LOOPBACK, Call, Clock, _Conversation


class Scripted(socketserver.ThreadingTCPServer):
    """Listens on loopback; `issuer` is its address. A child says what its endpoints answer."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__((LOOPBACK, 0), _Conversation)
        self.base = self.issuer = f"http://{LOOPBACK}:{self.server_address[1]}"
        self.clock = clock or Clock()
        self.calls: list[Call] = []
        self._queued: dict[str, list[Canned]] = defaultdict(list)
        self.ending = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    def queue(self, endpoint: str, *answers: Canned) -> None:
        """Let an endpoint give these answers before it is itself again."""
        self._queued[endpoint] += answers

    def count(self, endpoint: str) -> int:
        """Return how many requests came to an endpoint so far."""
        return Counter(call.endpoint for call in self.calls)[endpoint]

    def asked(self) -> list[str]:
        """Return the endpoints that were asked, in order."""
        return [call.endpoint for call in self.calls]

    def answer(self, call: Call) -> Canned:
        """Return what this call gets, and name its endpoint."""
        path, _, query = call.target.partition("?")
        endpoint, found = self.route(path, call, query)
        object.__setattr__(call, "endpoint", endpoint)
        queued = self._queued[endpoint]
        return queued.pop(0) if queued else found

    def route(self, path: str, call: Call, query: str) -> tuple[str, Canned]:
        """Return the name of an endpoint, and what it answers."""
        raise NotImplementedError
