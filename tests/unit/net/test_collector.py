"""A body for the gate itself is collected within its limit."""

import pytest

from sidegate.core.errors import BodyTooLarge
from sidegate.core.messages import Plan, ReadBody, Respond, Response
from sidegate.net.collector import Collector


def echo(body: bytes) -> Plan:
    return Respond(Response(200, [], body))


def test_pieces_come_to_the_handler_in_order_those_that_came_early_first() -> None:
    collector = Collector(ReadBody(10, echo), [b"ab"])
    collector.add(b"cd")
    assert collector.plan() == Respond(Response(200, [], b"abcd"))


def test_the_limit_counts_all_pieces() -> None:
    collector = Collector(ReadBody(4, echo), [b"ab"])
    collector.add(b"cd")
    with pytest.raises(BodyTooLarge):
        collector.add(b"e")
    with pytest.raises(BodyTooLarge):
        Collector(ReadBody(1, echo), [b"ab"])
