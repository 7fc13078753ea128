"""The example application: bound to loopback, it believes what the gate tells it.

`python -m sidegate.demo.application PORT`. Every path shows the page; `/ws` echoes, `/events`
counts. It speaks just enough HTTP/1.1 for a gate that sends canonical requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from asyncio import IncompleteReadError, LimitOverrunError, StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sidegate.demo import page, websocket
from sidegate.http1.handshake import accept_for

TICK = 1.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose body was read and thrown away. Field names are lower-case."""

    method: str
    target: str
    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """Return the value of a field, empty when it is absent."""
        return dict(self.fields).get(name, "")


async def serve(port: int) -> None:
    """Listen on loopback until SIGTERM or SIGINT."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    server = await asyncio.start_server(converse, "127.0.0.1", port)
    await ended.wait()
    # Without `wait_closed`: that would wait for the connections the gate keeps open.
    server.close()


async def converse(reader: StreamReader, writer: StreamWriter) -> None:
    """Answer the requests of one connection, in order."""
    try:
        while not writer.is_closing():
            await answer(await read_request(reader), reader, writer)
    except (IncompleteReadError, LimitOverrunError, ConnectionError, ValueError):
        pass  # whoever it was is gone, or does not speak HTTP
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def read_request(reader: StreamReader) -> Request:
    """Read a head and its body. Raises IncompleteReadError at the end of the connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = head.removesuffix("\r\n\r\n").split("\r\n")
    method, target, _ = line.split(" ", 2)
    split = (text.partition(":") for text in rest)
    fields = tuple((name.lower(), value.strip(" \t")) for name, _, value in split)
    request = Request(method, target, fields)
    await _skip_body(request, reader)
    return request


async def _skip_body(request: Request, reader: StreamReader) -> None:
    if request.get("transfer-encoding"):
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    elif length := request.get("content-length"):
        await reader.readexactly(int(length))


async def answer(request: Request, reader: StreamReader, writer: StreamWriter) -> None:
    """Send the answer that belongs to the path."""
    path = request.target.partition("?")[0]
    if path == "/ws" and request.get("upgrade").lower() == "websocket":
        writer.write(switching(request.get("sec-websocket-key")))
        await websocket.echo(reader, writer)
        writer.close()
        return
    await PATHS.get(path, _page)(request, writer)


def switching(key: str) -> bytes:
    """Return the head that turns a connection into a WebSocket."""
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %b\r\n\r\n" % accept_for(key.encode("latin-1"))
    )


def whole(kind: str, body: str, method: str = "GET") -> bytes:
    """Return a complete answer, without its body for HEAD."""
    payload = body.encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: {kind}; charset=utf-8\r\n"
        f"Content-Length: {len(payload)}\r\nCache-Control: no-store\r\n\r\n"
    )
    return head.encode("latin-1") + (b"" if method == "HEAD" else payload)


async def _page(request: Request, writer: StreamWriter) -> None:
    # Values come as latin-1 from the wire and are UTF-8 from the gate.
    fields = [(name, _text(value)) for name, value in request.fields]
    writer.write(whole("text/html", page.render(request.target, fields), request.method))
    await writer.drain()


async def _health(request: Request, writer: StreamWriter) -> None:
    writer.write(whole("text/plain", "ok\n", request.method))
    await writer.drain()


async def _events(_request: Request, writer: StreamWriter) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
        b"Connection: close\r\n\r\n"
    )
    count = 0
    while not writer.is_closing():
        count += 1
        writer.write(f"id: {count}\ndata: event {count}\n\n".encode())
        await writer.drain()
        await asyncio.sleep(TICK)


PATHS: dict[str, Callable[[Request, StreamWriter], Awaitable[None]]] = {
    "/healthz": _health,
    "/events": _events,
}


def _text(value: str) -> str:
    return value.encode("latin-1").decode("utf-8", "replace")


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
