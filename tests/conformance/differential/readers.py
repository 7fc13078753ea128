"""Parsers that are not ours, each behind the same two questions: which requests, which answers."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h11
import httptools

NODE = Path(__file__).parent / "reader.mjs"
LARGE = 1 << 20


@dataclass(frozen=True)
class Read:
    """One message as somebody reads it: (method, target) or (status, ""), fields, body."""

    start: tuple[str, str]
    fields: tuple[tuple[str, str], ...]
    body: bytes


class H11:
    """h11, which reads by the grammar of the RFC."""

    def requests(self, stream: bytes) -> list[Read]:
        """Return the requests of one connection."""
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGE)
        connection.receive_data(stream)
        found: list[Read] = []
        while (event := connection.next_event()) is not h11.NEED_DATA:
            assert isinstance(event, h11.Request), event
            start = event.method.decode(), event.target.decode("latin-1")
            found.append(Read(start, _h11_fields(event), _h11_body(connection)))
            connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
            connection.send(h11.EndOfMessage())
            connection.start_next_cycle()
        return found

    def answer(self, raw: bytes, method: str) -> Read:
        """Return the final answer to a request with this method; nothing may be left of `raw`."""
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGE)
        connection.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
        connection.send(h11.EndOfMessage())
        connection.receive_data(raw)
        connection.receive_data(b"")
        event = connection.next_event()
        while isinstance(event, h11.InformationalResponse):
            event = connection.next_event()
        assert isinstance(event, h11.Response), event
        found = Read((str(event.status_code), ""), _h11_fields(event), _h11_body(connection))
        assert connection.trailing_data[0] == b""
        return found


def _h11_fields(event: h11.Request | h11.Response) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode(), value.decode("latin-1")) for name, value in event.headers)


def _h11_body(connection: h11.Connection) -> bytes:
    body = b""
    while isinstance(event := connection.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage), event
    assert not event.headers  # no trailers
    return body


class Httptools:
    """httptools, which is llhttp: the parser of Node and of most Python servers."""

    def requests(self, stream: bytes) -> list[Read]:
        """Return the requests of one connection."""
        return self._read(httptools.HttpRequestParser, stream)

    def answer(self, raw: bytes) -> Read:
        """Return the final answer, not one to HEAD, of which llhttp cannot be told here."""
        return self._read(httptools.HttpResponseParser, raw)[-1]

    def _read(self, kind: Any, raw: bytes) -> list[Read]:
        found: list[Read] = []
        taken = _Taken(found)
        taken.parser = kind(taken)
        taken.parser.feed_data(raw)
        assert taken.is_between, "incomplete"
        return found


class _Taken:
    """Collects what llhttp reports."""

    def __init__(self, found: list[Read]) -> None:
        self.found = found
        self.parser: Any = None
        self.is_between = True
        self.url = self.body = b""
        self.fields: list[tuple[str, str]] = []

    def on_message_begin(self) -> None:
        self.is_between = False
        self.url = self.body = b""
        self.fields = []

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name.decode().lower(), value.decode("latin-1")))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_between = True
        if isinstance(self.parser, httptools.HttpRequestParser):
            start = self.parser.get_method().decode(), self.url.decode("latin-1")
        else:
            start = str(self.parser.get_status_code()), ""
        self.found.append(Read(start, tuple(self.fields), self.body))


def read_with_node(
    streams: Sequence[bytes], answers: Sequence[tuple[bytes, str]]
) -> tuple[list[list[Read]], list[Read]]:
    """Return what Node reads in streams of requests, and in (answer, method) pairs."""
    asked = {
        "requests": [stream.decode("latin-1") for stream in streams],
        "answers": [{"method": method, "raw": raw.decode("latin-1")} for raw, method in answers],
    }
    ran = subprocess.run(
        ["node", str(NODE)],
        input=json.dumps(asked).encode(),
        stdout=subprocess.PIPE,
        timeout=60,
        check=True,
    )
    found = json.loads(ran.stdout)
    return [list(map(_from_node, one)) for one in found["requests"]], list(
        map(_from_node, found["answers"])
    )


def _from_node(message: list[Any]) -> Read:
    first, target, fields, body, wrong = message
    assert wrong == "", message
    pairs = tuple((name, value) for name, value in fields)
    return Read((str(first), target), pairs, body.encode("latin-1"))
