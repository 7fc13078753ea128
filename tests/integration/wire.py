"""An HTTP client that sends exactly the bytes it is given, and reads answer by answer."""

import socket
import ssl
from dataclasses import dataclass
from typing import Self

from tests.integration.processes import LOOPBACK


@dataclass(frozen=True)
class Answer:
    """One answer: status, fields (lower-case names, values of one name joined) and body."""

    status: int
    fields: dict[str, str]
    body: bytes = b""


class Wire:
    """One client connection. Reading beyond the end raises EOFError."""

    def __init__(
        self, where: int | str, *, timeout: float = 20, tls: ssl.SSLContext | None = None
    ) -> None:
        if isinstance(where, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(where)
        else:
            self.socket = socket.create_connection((LOOPBACK, where))
        self.socket.settimeout(timeout)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self.file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def ask(self, line: str, *fields: str, body: bytes = b"") -> None:
        """Send a request: its line without the version, fields beside Host, a body."""
        head = "".join(f"{field}\r\n" for field in ("Host: app.test", *fields))
        self.send(f"{line} HTTP/1.1\r\n{head}\r\n".encode() + body)

    def head(self) -> Answer:
        """Read the head of the next answer, an interim one too."""
        line = self.file.readline()
        if not line:
            raise EOFError("the gate hung up")
        fields: dict[str, str] = {}
        while text := self.file.readline().decode("latin-1").rstrip("\r\n"):
            name, _, value = text.partition(":")
            before = f"{fields[name.lower()]}, " if name.lower() in fields else ""
            fields[name.lower()] = before + value.strip()
        return Answer(int(line.split(b" ")[1]), fields)

    def answer(self, *, method: str = "GET") -> Answer:
        """Read a whole answer."""
        head = self.head()
        if method == "HEAD" or head.status in {204, 304}:
            return head
        return Answer(head.status, head.fields, self._body(head.fields))

    def got(self, line: str, *fields: str, body: bytes = b"") -> Answer:
        """Send a request and read its answer."""
        self.ask(line, *fields, body=body)
        return self.answer(method=line.split(" ", maxsplit=1)[0])

    def _body(self, fields: dict[str, str]) -> bytes:
        if "chunked" in fields.get("transfer-encoding", ""):
            body = b""
            while size := int(self.file.readline(), 16):
                body += self.file.read(size)
                self.file.readline()
            self.file.readline()
            return body
        if "content-length" in fields:
            body = self.file.read(int(fields["content-length"]))
            if len(body) < int(fields["content-length"]):
                raise EOFError("the body ended early")
            return body
        return self.file.read()
