"""A site on loopback that answers as it is told, with or without TLS."""

import ssl
import threading
from collections.abc import Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

Told = tuple[int, dict[str, str]]
"""Status and fields of an answer."""


class Site(ThreadingHTTPServer):
    """Answers each path with status and fields, others with 404. `heads` is what came."""

    daemon_threads = True

    def __init__(
        self,
        answers: dict[str, Told] | None = None,
        context: ssl.SSLContext | None = None,
        address: str = "127.0.0.1",
    ) -> None:
        super().__init__((address, 0), _Answering)
        self.answers = answers or {}
        self.heads: list[str] = []
        self.port = self.server_address[1]
        self.scheme = "http" if context is None else "https"
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Its address, by name."""
        return f"{self.scheme}://localhost:{self.port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever does not like our certificate leaves."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Answering(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.heads.append(f"{self.requestline}\n{self.headers}")
        status, fields = self.server.answers.get(self.path, (404, {}))
        with suppress(OSError):
            self.send_response(status)
            for name, value in (*fields.items(), *_NO_BODY):
                self.send_header(name, value)
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


_NO_BODY: Iterable[tuple[str, str]] = (("Content-Length", "0"), ("Connection", "close"))
