"""The application behind the gates: it captures requests and answers 200 `ok`."""

import socketserver
import threading
from dataclasses import dataclass

from tests.conformance.browser import LOOPBACK

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nX-Upstream: yes\r\n"
    b"Content-Length: 2\r\n\r\n"
)


@dataclass(frozen=True)
class Request:
    """One request as it reached the application."""

    line: str
    fields: list[tuple[str, str]]

    @property
    def text(self) -> str:
        """Line and fields as `name: value`, in lower case, for searching."""
        fields = (f"{name}: {value}" for name, value in self.fields)
        return "\n".join([self.line, *fields]).lower()

    def get(self, name: str) -> str | None:
        """Return the value of a field, or None when it is absent."""
        found = [value for key, value in self.fields if key.lower() == name]
        return ", ".join(found) if found else None


class Upstream(socketserver.ThreadingTCPServer):
    """`requests` holds what came, in order."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Conversation)
        self.requests: list[Request] = []
        self.url = f"http://{LOOPBACK}:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Conversation(socketserver.StreamRequestHandler):
    server: Upstream

    def handle(self) -> None:
        """Answer requests until the connection ends."""
        try:
            while self._answer():
                pass
        except (ConnectionError, ValueError):
            pass

    def _answer(self) -> bool:
        line = self.rfile.readline().decode("latin-1").rstrip("\r\n")
        if not line:
            return False
        fields = []
        while text := self.rfile.readline().decode("latin-1").rstrip("\r\n"):
            name, _, value = text.partition(":")
            fields.append((name, value.strip()))
        request = Request(line, fields)
        self._read_body(request)
        self.server.requests.append(request)
        self.wfile.write(HEAD if line.startswith("HEAD ") else HEAD + b"ok")
        return True

    def _read_body(self, request: Request) -> None:
        if request.get("transfer-encoding"):
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        else:
            self.rfile.read(int(request.get("content-length") or 0))
