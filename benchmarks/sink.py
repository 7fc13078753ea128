"""An upstream that reads request bodies and throws them away. `python sink.py PORT`.

Answers 200 with the identity it was told and the bytes it got: `ada@example.com 1000000000`.
"""

from __future__ import annotations

import socketserver
import sys
from email.message import Message
from http.client import parse_headers
from io import BufferedIOBase

_CHUNK = 1 << 20


class _Discard(socketserver.StreamRequestHandler):
    """One connection: requests until the peer closes it."""

    def handle(self) -> None:
        """Answer each request when its body has come in whole."""
        while self.rfile.readline(65_536):
            fields = parse_headers(self.rfile)
            size = _read_body(self.rfile, fields)
            body = f"{fields.get('x-forwarded-email', '')} {size}".encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _read_body(source: BufferedIOBase, fields: Message) -> int:
    """Read the request's body to its end and return its length in bytes."""
    if fields.get("transfer-encoding", "").lower() != "chunked":
        return _skip(source, int(fields.get("content-length", "0")))
    total = 0
    while size := int(source.readline(), 16):
        total += _skip(source, size)
        source.readline()
    source.readline()
    return total


def _skip(source: BufferedIOBase, size: int) -> int:
    """Read `size` bytes into one small buffer and return how many came."""
    buffer = memoryview(bytearray(_CHUNK))
    left = size
    while left and (got := source.readinto(buffer[: min(left, _CHUNK)])):
        left -= got
    return size - left


if __name__ == "__main__":
    with _Server(("127.0.0.1", int(sys.argv[1])), _Discard) as server:
        server.serve_forever()
