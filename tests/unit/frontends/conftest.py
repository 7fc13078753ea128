"""A gate in front of an application, started by the flags that a test names."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from sidegate.core.ports import TokenVerifier
from tests.kit.gate import Proxy, cookie_for, proxy, request, sent_fields
from tests.kit.wire import Wire

Start = Callable[..., tuple[Wire, Proxy]]
UPGRADE = (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13")


def got(wire: Wire, name: str) -> list[str]:
    """Return the values of a field in the last request upstream."""
    return [value for key, value in sent_fields(bytes(wire.upstream.written)) if key == name]


def signed_in(gate: Proxy, *lines: bytes, target: bytes = b"/") -> bytes:
    return request(target, *lines, cookie=cookie_for(gate))


@pytest.fixture
def start() -> Iterator[Start]:
    """Return what starts a gate with these flags.

    `peer` is the other end of the connection, `tokens` verifies the tokens of programs, `toml` is
    a configuration file.
    """
    with ExitStack() as stack:

        def begin(
            *flags: str,
            peer: object = ("192.0.2.1", 50000),
            tokens: TokenVerifier | None = None,
            toml: str = "",
        ) -> tuple[Wire, Proxy]:
            gate = proxy(*flags, tokens=tokens, toml=toml)
            return stack.enter_context(Wire(gate, refuse=gate.refuse, peer=peer)), gate

        yield begin
