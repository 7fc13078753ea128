"""When the application fails, the client gets a clear answer in time, and the gate goes on."""

import pytest

from tests.integration.processes import free_port

PUBLIC = "--skip-auth-route=^/"


def test_an_application_that_is_not_there_is_a_502(gate):
    public = gate(PUBLIC, f"--upstream=http://127.0.0.1:{free_port()}")
    with public.wire() as wire:
        answer = wire.got("GET /", "Accept: text/html")
        assert answer.status == 502
        assert b"<html" in answer.body


def test_an_api_client_gets_the_fault_as_json(gate):
    public = gate(PUBLIC, f"--upstream=http://127.0.0.1:{free_port()}")
    with public.wire() as wire:
        answer = wire.got("GET /", "Accept: application/json")
        assert (answer.status, answer.fields["content-type"][:16]) == (502, "application/json")


@pytest.mark.parametrize("path", ["/garbled", "/hangup"])
def test_an_answer_that_is_not_http_is_a_502(gate, path):
    with gate(PUBLIC).wire() as wire:
        assert wire.got(f"GET {path}").status == 502


def test_a_silent_application_is_a_504_in_time(gate, app):
    public = gate(PUBLIC, "--upstream-timeout=1s")
    with public.wire(timeout=5) as wire:
        assert wire.got("GET /silent").status == 504
    assert app.abandoned.wait(5)


def test_an_answer_that_ends_early_ends_the_connection(gate):
    with gate(PUBLIC).wire() as wire:
        wire.ask("GET /cut")
        with pytest.raises((EOFError, ConnectionError)):
            wire.answer()


def test_after_every_fault_the_gate_serves_the_next(gate):
    public = gate(PUBLIC, "--upstream-timeout=1s")
    for path in ("/garbled", "/hangup", "/cut", "/silent"):
        with public.wire() as wire:
            wire.ask(f"GET {path}")
            wire.head()
    with public.wire() as wire:
        assert wire.got("GET /").status == 200


def test_a_request_that_could_be_read_in_two_ways_reaches_nobody(gate, app):
    with gate(PUBLIC).wire() as wire:
        wire.ask("POST /", "Content-Length: 4", "Transfer-Encoding: chunked")
        assert wire.answer().status == 400
    assert app.requests == []
