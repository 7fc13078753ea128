"""An application that answers what nobody asked: its words never become somebody's answer."""

import pytest

from tests.kit.wire import Wire

GET = b"GET /a HTTP/1.1\r\nHost: app.test\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: app.test\r\nContent-Length: 2\r\n\r\nhi"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
EVIL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"


def ask_while_bytes_wait(wire: Wire, request: bytes) -> None:
    """Let a request and bytes of the application come in one turn of the loop, that order."""
    wire.client_sends(GET)
    wire.upstream_sends(OK)
    line = wire.upstream.protocol

    def one_turn() -> None:
        wire.client.protocol.data_received(request)
        line.data_received(EVIL)

    wire.run(one_turn)


def test_what_was_here_before_the_question_is_no_answer(wire: Wire) -> None:
    ask_while_bytes_wait(wire, GET)
    assert b"evil" not in wire.client_got_bytes()
    assert [upstream.closed for upstream in wire.upstreams] == ["abort", ""]
    wire.upstream_sends(OK)
    assert wire.client_got_bytes().count(b"\r\n\r\nok") == 2


def test_what_must_not_be_sent_twice_ends_with_502(wire: Wire) -> None:
    ask_while_bytes_wait(wire, POST)
    assert b"evil" not in wire.client_got_bytes()
    assert b"HTTP/1.1 502 " in wire.client_got_bytes()


@pytest.mark.parametrize("turns", [1, 2])
def test_the_answer_of_a_later_turn_is_the_answer(wire: Wire, turns: int) -> None:
    for _ in range(turns):
        wire.client_sends(GET)
        wire.upstream_sends(OK)
    assert wire.client_got_bytes().count(b"\r\n\r\nok") == turns
    assert len(wire.upstreams) == 1
