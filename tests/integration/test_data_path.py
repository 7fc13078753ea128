"""Requests and answers over real sockets: framing, order, and memory that does not grow."""

import threading

import pytest

from tests.integration.processes import until

PUBLIC = "--skip-auth-route=^/"
MB = 1 << 20
LARGE = 200 * MB
# What may come on top of an idle gate while a body of any size passes through.
ROOM = 12 * MB


@pytest.fixture
def public(gate):
    return gate(PUBLIC)


def test_a_kept_connection_serves_request_after_request(public):
    with public.wire() as wire:
        for path in ("/a", "/b", "/c"):
            assert wire.got(f"GET {path}").body == f"hello from {path}".encode()


def test_connections_to_the_application_are_kept(public, app):
    with public.wire() as one, public.wire() as two:
        for wire in (one, two, one, two):
            assert wire.got("GET /").status == 200
    assert len(app.requests) == 4


def test_pipelined_requests_are_answered_in_order(public):
    with public.wire() as wire:
        for path in ("/a", "/b", "/c"):
            wire.ask(f"GET {path}")
        assert [wire.answer().body[-2:] for _ in range(3)] == [b"/a", b"/b", b"/c"]


def test_head_gets_the_length_and_no_body(public):
    with public.wire() as wire:
        assert wire.got("HEAD /a").fields["content-length"] == str(len("hello from /a"))
        assert wire.got("GET /b").body == b"hello from /b"


def test_a_client_that_expects_continue_is_invited_before_it_sends(public):
    with public.wire() as wire:
        wire.ask("POST /count", "Content-Length: 5", "Expect: 100-continue")
        assert wire.head().status == 100
        wire.send(b"hello")
        assert wire.answer().body == b"5"


def test_a_chunked_upload_arrives_whole(public):
    with public.wire() as wire:
        wire.ask("POST /count", "Transfer-Encoding: chunked")
        for _ in range(3):
            wire.send(b"4\r\nwiki\r\n")
        wire.send(b"0\r\n\r\n")
        assert wire.answer().body == b"12"
        assert wire.got("GET /next").status == 200


def test_an_answer_that_comes_before_the_body_reaches_the_client(public):
    with public.wire() as wire:
        wire.ask("POST /early", f"Content-Length: {LARGE}")
        assert wire.answer().status == 413


def test_a_large_upload_passes_in_bounded_memory(public, app):
    idle = public.process.memory()
    with public.wire(timeout=120) as wire:
        wire.ask("POST /count", f"Content-Length: {LARGE}")
        for _ in range(LARGE // MB):
            wire.send(bytes(MB))
        assert wire.answer().body == str(LARGE).encode()
    assert app.received == LARGE
    assert public.process.peak_memory() < idle + ROOM


@pytest.mark.parametrize("path", ["/bytes", "/chunks"])
def test_a_large_download_passes_in_bounded_memory(public, path):
    idle = public.process.memory()
    with public.wire(timeout=120) as wire:
        wire.ask(f"GET {path}?{LARGE}")
        head = wire.head()
        assert head.status == 200
        assert _drained(wire, LARGE) >= LARGE
    assert public.process.peak_memory() < idle + ROOM


def _drained(wire, size):
    total = 0
    while total < size:
        data = wire.file.read1(MB)
        assert data, f"ended after {total}"
        total += len(data)
    return total


def test_a_client_that_does_not_read_costs_no_memory(public, app):
    idle = public.process.memory()
    with public.wire() as wire:
        wire.ask(f"GET /bytes?{LARGE}")
        assert wire.head().status == 200
        # Another client is served meanwhile, long enough for buffers to fill if they could.
        with public.wire() as other:
            for _ in range(200):
                assert other.got("GET /").status == 200
        assert public.process.peak_memory() < idle + ROOM
    assert len(app.requests) == 201


def test_an_application_that_does_not_read_stops_the_client(public, app):
    idle = public.process.memory()
    sent = 0

    def push(wire):
        nonlocal sent
        try:
            while sent < LARGE:
                sent += wire.socket.send(bytes(MB))
        except OSError:
            pass  # the test hung up

    with public.wire(timeout=3) as wire:
        # `/slow` reads nothing before it is released.
        wire.ask("POST /slow", f"Content-Length: {LARGE}")
        thread = threading.Thread(target=push, args=(wire,))
        thread.start()
        thread.join()  # ends by the timeout of the socket: nobody takes more
    app.release.release()  # it reads on, and finds that the client has gone
    assert sent < LARGE // 2
    assert public.process.peak_memory() < idle + ROOM


def test_a_client_that_leaves_ends_the_request_at_the_application(public, app):
    wire = public.wire()
    wire.ask("GET /silent")
    until(app.arrived.is_set, 5, "the request to arrive")
    wire.close()
    until(app.abandoned.is_set, 5, "the application to notice")
