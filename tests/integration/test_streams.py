"""WebSockets and server-sent events through the gate."""

import threading
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

PUBLIC = "--skip-auth-route=^/"


def _echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


@pytest.fixture
def echo() -> Iterator[str]:
    """Yield the address of a WebSocket server that says everything back."""
    with serve(_echo, "127.0.0.1", 0, max_size=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


def _address(gate) -> str:
    return f"ws://127.0.0.1:{gate.port}/ws"


def test_a_websocket_echoes_through_the_gate(gate, echo):
    public = gate(PUBLIC, f"--upstream={echo}")
    with connect(_address(public), origin=public.url, max_size=None, proxy=None) as socket:
        for message in ("hello", b"\x00\xff", "x" * 300_000):
            socket.send(message)
            assert socket.recv(10) == message


def test_a_websocket_of_another_site_is_refused(gate, echo):
    public = gate(PUBLIC, f"--upstream={echo}")
    with pytest.raises(InvalidStatus) as refused:
        connect(_address(public), origin="http://evil.example", proxy=None)
    assert refused.value.response.status_code == 403


def test_a_websocket_without_a_session_is_refused(gate, echo):
    closed = gate(f"--upstream={echo}")
    with pytest.raises(InvalidStatus) as refused:
        connect(_address(closed), origin=closed.url, proxy=None)
    assert refused.value.response.status_code in {401, 403}


def test_events_arrive_one_by_one(gate, app):
    public = gate(PUBLIC)
    with public.wire() as wire:
        wire.ask("GET /events", "Accept: text/event-stream")
        head = wire.head()
        assert head.fields["content-type"] == "text/event-stream"
        for number in range(3):
            app.release.release()
            line = b""
            while not line.startswith(b"data:"):
                line = wire.file.readline()
                assert line, "the stream ended"
            assert line.strip() == f"data: {number}".encode()
