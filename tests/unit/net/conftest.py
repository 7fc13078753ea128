"""A connection whose requests are forwarded with a head that shows their framing."""

from collections.abc import Iterator

import pytest

from sidegate.core.messages import Exchange, Forward, Plan
from sidegate.http1.head import CHUNKED
from tests.kit.wire import ORIGIN, Wire


def forward(exchange: Exchange) -> Plan:
    """Forward with a head that shows the framing."""
    head = exchange.head
    length = "chunked" if head.length == CHUNKED else str(head.length)
    raw = f"{head.method.decode()} {head.target.decode()} HTTP/1.1\r\nX-Framing: {length}\r\n\r\n"
    return Forward(
        ORIGIN, raw.encode(), 30, extra=b"Set-Cookie: ours=1\r\n", websocket=head.upgrade
    )


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire(forward) as wire:
        yield wire
