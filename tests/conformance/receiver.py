"""Whoever takes spans over OTLP/HTTP: keeps each body as it came."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.conformance.browser import LOOPBACK
from tests.integration.processes import until
from tests.kit.spans import Told, read


class Receiver(ThreadingHTTPServer):
    """`bodies` holds what came, `fields` the header lines of it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Conversation)
        self.bodies: list[bytes] = []
        self.fields: list[dict[str, str]] = []
        self.url = f"http://{LOOPBACK}:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def spans(self) -> list[Told]:
        """Return every span that came."""
        return [span for body in tuple(self.bodies) for span in read(body)[1]]

    def text_until(self, last: str) -> str:
        """Return all that came, once something with this text in it did."""
        until(lambda: any(last.encode() in body for body in tuple(self.bodies)), 20, last)
        return b"\n".join(self.bodies).decode("latin-1")


class _Conversation(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.fields.append({name.lower(): value for name, value in self.headers.items()})
        self.server.bodies.append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server has it
        """Say nothing."""
