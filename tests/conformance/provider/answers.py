"""How an endpoint may answer, well or badly, as bytes on the wire."""

import json
import socket
import threading
from dataclasses import dataclass
from http.client import responses
from typing import Any

BLOCK = b"x" * 65536


@dataclass(frozen=True)
class Canned:
    """One answer, which `how` can make a bad one.

    `endless` sends body for ever, `silent` nothing until the caller leaves, `slow` the head and
    then a byte now and then, `half` less body than promised, `cut` the connection, `raw` exactly
    `body` as bytes on the wire.
    """

    status: int = 200
    body: bytes = b"{}"
    fields: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    how: str = ""

    @classmethod
    def json(cls, value: Any, status: int = 200) -> "Canned":
        """Return an answer in JSON."""
        return cls(status, json.dumps(value).encode())

    @classmethod
    def redirect(cls, location: str, status: int = 307) -> "Canned":
        """Return a redirect."""
        return cls(status, b"", (("Location", location),))

    def head(self, length: int | None) -> bytes:
        """Return the head of the answer; without a length the end of the connection is the end."""
        fields = [*self.fields, ("Connection", "close")]
        if length is not None:
            fields.append(("Content-Length", str(length)))
        lines = [f"HTTP/1.1 {self.status} {responses.get(self.status, 'Odd')}"]
        lines += [f"{name}: {value}" for name, value in fields]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def send(connection: socket.socket, answer: Canned, ending: threading.Event) -> None:
    """Send an answer; `ending` is set when the provider ends, and nothing waits beyond it."""
    match answer.how:
        case "raw":
            connection.sendall(answer.body)
        case "cut":
            pass
        case "half":
            connection.sendall(answer.head(len(answer.body) + 100) + answer.body)
        case "silent":
            _until_left(connection, ending)
        case "slow":
            connection.sendall(answer.head(None))
            while not ending.wait(0.2):
                connection.sendall(b" ")
        case "endless":
            connection.sendall(answer.head(None))
            while not ending.is_set():
                connection.sendall(BLOCK)
        case _:
            connection.sendall(answer.head(len(answer.body)) + answer.body)


def _until_left(connection: socket.socket, ending: threading.Event) -> None:
    connection.settimeout(0.2)
    while not ending.is_set():
        try:
            if not connection.recv(1):
                return
        except TimeoutError:
            continue
