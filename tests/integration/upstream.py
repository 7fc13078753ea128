"""An application on real sockets that records what reaches it and misbehaves when asked to.

The path says what happens: `/fields` answers with the request's fields as JSON, `/count` with the
size of the body, `/bytes?N` with N bytes, `/chunks?N` the same in chunks, `/events` with events
that the test lets go one by one, `/slow` after `release`, `/silent` never, `/garbled` with
noise, `/cut` with half an answer, `/hangup` with nothing at all.
"""

import json
import socketserver
import threading
from collections.abc import Callable
from typing import ClassVar

from tests.integration.processes import LOOPBACK

BLOCK = bytes(range(256)) * 256


class Upstream(socketserver.ThreadingTCPServer):
    """The application. `requests` holds each head as it came."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), Conversation)
        self.requests: list[bytes] = []
        self.received = 0
        self.release = threading.Semaphore(0)
        self.arrived = threading.Event()
        self.abandoned = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.server_address[1]}"

    def end(self) -> None:
        """Stop listening; conversations end with their connections."""
        self.release.release(1000)
        self.shutdown()
        self.server_close()
        self.thread.join()


class Conversation(socketserver.StreamRequestHandler):
    """One connection from the gate."""

    server: Upstream
    method: str
    path: str
    query: str
    fields: list[tuple[str, str]]

    def handle(self) -> None:
        """Answer request after request until the connection ends."""
        try:
            while self._read_head() and not self.connection_is_over():
                pass
        except (ConnectionError, ValueError):
            pass

    def connection_is_over(self) -> bool:
        """Answer one request; say whether the connection ends with it."""
        return bool(self.ANSWERS.get(self.path, Conversation.hello)(self))

    def get(self, name: str) -> str:
        """Return the first value of a field."""
        return next((value for key, value in self.fields if key.lower() == name), "")

    def _read_head(self) -> bool:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return False
            head += line
        self.server.requests.append(head)
        first, *rest = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        self.method, target, _ = first.split(" ")
        self.path, _, self.query = target.partition("?")
        split = (line.partition(": ") for line in rest)
        self.fields = [(name, value) for name, _, value in split]
        self.server.arrived.set()
        return True

    def _whole(self, body: bytes, kind: str = "text/plain") -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + (b"" if self.method == "HEAD" else body))

    def _read_body(self) -> int:
        total = 0
        if self.get("transfer-encoding"):
            while size := int(self.rfile.readline(), 16):
                total += size
                self.rfile.read(size + 2)
            self.rfile.readline()
        else:
            total = left = int(self.get("content-length") or 0)
            while left:
                piece = self.rfile.read(min(left, len(BLOCK)))
                if not piece:
                    raise ConnectionError("the gate hung up inside a body")
                left -= len(piece)
        self.server.received += total
        return total

    def hello(self) -> None:
        """Say hello and which path was asked for."""
        self._read_body()
        self._whole(f"hello from {self.path}".encode())

    def show_fields(self) -> None:
        """Answer with the fields as they came, order and spelling kept."""
        self._read_body()
        self._whole(json.dumps(self.fields).encode(), "application/json")

    def count(self) -> None:
        """Answer with the size of the body; invite it first where the client waits."""
        if self.get("expect"):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._whole(str(self._read_body()).encode())

    def refuse_early(self) -> bool:
        """Answer before the body has come, and close."""
        self.wfile.write(
            b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        return True

    def send_bytes(self) -> None:
        """Send as many bytes as the query says."""
        left = int(self.query)
        self.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {left}\r\n\r\n".encode())
        while left:
            left -= self.wfile.write(BLOCK[: min(left, len(BLOCK))])

    def send_chunks(self) -> None:
        """Send as many bytes as the query says, in chunks."""
        left = int(self.query)
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while left:
            piece = BLOCK[: min(left, len(BLOCK))]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            left -= len(piece)
        self.wfile.write(b"0\r\n\r\n")

    def send_events(self) -> bool:
        """Send one event for each release, three in all."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
        self.wfile.write(b"Connection: close\r\n\r\n")
        for number in range(3):
            self.server.release.acquire()
            self.wfile.write(f"data: {number}\n\n".encode())
        return True

    def answer_slowly(self) -> None:
        """Answer when the test says so."""
        self.server.release.acquire()
        self.hello()

    def stay_silent(self) -> bool:
        """Never answer, and notice when the other side leaves."""
        self._read_body()
        self.rfile.read(1)
        self.server.abandoned.set()
        return True

    def send_noise(self) -> bool:
        """Answer with something that is not HTTP."""
        self.wfile.write(b"\x15\x03\x01\x00\x02\x02\x46 this is not HTTP\r\n\r\n")
        return True

    def send_half(self) -> bool:
        """Promise more than comes."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
        return True

    def hang_up(self) -> bool:
        """Close without a word."""
        return True

    ANSWERS: ClassVar[dict[str, Callable[["Conversation"], bool | None]]] = {
        "/fields": show_fields,
        "/count": count,
        "/early": refuse_early,
        "/bytes": send_bytes,
        "/chunks": send_chunks,
        "/events": send_events,
        "/slow": answer_slowly,
        "/silent": stay_silent,
        "/garbled": send_noise,
        "/cut": send_half,
        "/hangup": hang_up,
    }
