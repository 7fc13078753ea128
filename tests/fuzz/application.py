"""An application that is strict: h11 reads each byte that the gate sends, and nothing is forgiven.

It answers every complete request. What it received is kept, to be compared with what the client
sent; bytes that h11 refuses fail the test, for two readers would read them differently.
"""

from dataclasses import dataclass, field

import h11

from tests.kit.wire import FakeTransport, Wire

MOST = 1 << 20
SWITCHED = [("Upgrade", "websocket"), ("Connection", "Upgrade")]


@dataclass
class Received:
    """A request as h11 read it; incomplete when its body did not end."""

    method: bytes
    target: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes = b""
    is_complete: bool = False

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key == name]


@dataclass
class Server:
    """One connection to the application. `read` counts the bytes that h11 was given."""

    transport: FakeTransport
    http: h11.Connection = field(
        default_factory=lambda: h11.Connection(h11.SERVER, max_incomplete_event_size=MOST)
    )
    read: int = 0
    is_tunnel: bool = False
    unsent: bytes = b""


class Application:
    """Serves all upstream connections of a wire. `number` names each answer."""

    def __init__(self, wire: Wire) -> None:
        self.received: list[Received] = []
        self._wire = wire
        self._servers: list[Server] = []

    def serve(self) -> None:
        """Read what the gate sent, and answer until nothing new comes."""
        while self._serve_once():
            pass

    def _serve_once(self) -> bool:
        known = len(self._servers)
        self._servers += map(Server, self._wire.upstreams[known:])
        moved = [self._step(server) for server in self._servers]  # each of them, hence a list
        return any(moved)

    def _step(self, server: Server) -> bool:
        """Take the bytes and the next event of one connection; say whether there was any."""
        if self._send(server):
            return True
        if server.is_tunnel:
            return False
        new = bytes(server.transport.written[server.read :])
        server.read += len(new)
        if new:
            server.http.receive_data(new)
        moved = bool(new)
        while (event := server.http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            moved = True
            match event:
                case h11.Request():
                    fields = [(bytes(name), bytes(value)) for name, value in event.headers]
                    self.received.append(Received(event.method, event.target, fields))
                case h11.Data():
                    self.received[-1].body += bytes(event.data)
                case h11.EndOfMessage():
                    self.received[-1].is_complete = True
                    self._answer(server, self.received[-1])
                    break
                case _:
                    raise AssertionError(event)
        return moved

    def _answer(self, server: Server, request: Received) -> None:
        http = server.http
        if request.values(b"upgrade"):
            head = h11.InformationalResponse(status_code=101, headers=SWITCHED)
            server.is_tunnel = True
            server.unsent = http.send(head)
            return
        body = str(len(self.received)).encode()
        fields = [("Content-Length", str(len(body)))]
        server.unsent = http.send(h11.Response(status_code=200, headers=fields))
        server.unsent += http.send(h11.Data(data=body if request.method != b"HEAD" else b""))
        server.unsent += http.send(h11.EndOfMessage())
        http.start_next_cycle()

    def _send(self, server: Server) -> bool:
        """Send what the gate is ready to read; say whether there was anything."""
        transport, raw = server.transport, server.unsent
        if not raw or transport.is_reading_paused or transport.is_closing():
            return False
        server.unsent = b""
        self._wire.run(lambda: transport.protocol.data_received(raw))
        return True
