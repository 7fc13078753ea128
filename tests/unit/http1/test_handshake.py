"""A 101 that matches its handshake, and those that do not."""

import pytest

from sidegate.http1.handshake import accept_for, is_accepted

ASKED = {b"sec-websocket-key": b"dGhlIHNhbXBsZSBub25jZQ=="}
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
SWITCH = {b"upgrade": b"WebSocket", b"sec-websocket-accept": ACCEPT}


def test_the_example_of_the_standard_comes_out() -> None:  # RFC 6455 section 1.3
    assert accept_for(b"dGhlIHNhbXBsZSBub25jZQ==") == ACCEPT


def test_the_right_proof_is_accepted_and_none_at_all_too() -> None:
    assert is_accepted(ASKED, SWITCH, upgrades=True)
    assert is_accepted({}, SWITCH, upgrades=True)
    assert is_accepted(ASKED, {b"upgrade": b"websocket"}, upgrades=True)


@pytest.mark.parametrize(
    ("answer", "upgrades"),
    [
        (SWITCH, False),
        ({**SWITCH, b"upgrade": b"h2c"}, True),
        ({**SWITCH, b"upgrade": b"websocket, h2c"}, True),
        ({b"sec-websocket-accept": ACCEPT}, True),
        ({**SWITCH, b"sec-websocket-accept": ACCEPT.lower()}, True),
    ],
)
def test_anything_else_is_not(answer: dict[bytes, bytes], *, upgrades: bool) -> None:
    assert not is_accepted(ASKED, answer, upgrades=upgrades)
