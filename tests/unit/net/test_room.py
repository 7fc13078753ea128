"""Who gets a place, and whose place it was."""

from dataclasses import dataclass

import pytest

from sidegate.core.messages import Peer
from sidegate.net.room import PATIENCE, Room, longest_waiting, over_budget
from sidegate.net.sweeper import NEVER

NOW = 1000.0


@dataclass(eq=False)
class Seat:
    waiting_since: float
    held: int = 0


def everybody(_: str) -> bool:
    return True


def test_an_address_has_its_share_and_gets_a_place_back() -> None:
    room = Room(0, 2, everybody)
    peer, other = Peer("192.0.2.1", 1), Peer("192.0.2.2", 1)
    assert [room.enter(peer) for _ in range(3)] == [True, True, False]
    assert room.enter(other)
    room.leave(peer)
    room.leave(peer)
    assert room.enter(peer)
    for one in (peer, peer, other):
        room.leave(one)
    assert room._here == {}


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_what_one_client_has_is_counted_together(
    first: str, second: str, *, together: bool
) -> None:
    room = Room(0, 1, everybody)
    assert room.enter(Peer(first))
    assert room.enter(Peer(second)) is not together


def test_unix_sockets_and_proxies_are_not_counted() -> None:
    room = Room(0, 1, lambda address: address not in ("", "10.0.0.1"))
    for peer in (Peer("", is_unix=True), Peer("10.0.0.1")):
        assert all(room.enter(peer) for _ in range(5))
        room.leave(peer)


def test_without_a_limit_nobody_is_over_it() -> None:
    assert not Room().is_over(10**6)
    assert Room().enter(Peer("192.0.2.1"))


def test_the_limit_is_what_may_be_there() -> None:
    room = Room(10)
    assert [room.is_over(10), room.is_over(11), room.is_over(12, 2)] == [False, True, False]


def test_those_who_waited_longest_make_way_and_the_busy_never() -> None:
    old, older, busy = Seat(NOW - 5), Seat(NOW - 9), Seat(NEVER)
    fresh = Seat(NOW - PATIENCE / 2)
    assert longest_waiting([old, busy, older, fresh], NOW, 1) == [older]
    assert longest_waiting([old, busy, older, fresh], NOW, 9) == [older, old]


def test_when_nobody_waits_it_is_not_looked_again_at_once() -> None:
    room = Room(1)
    busy = Seat(NEVER)
    assert room.make_way([busy], NOW) == []
    idle = Seat(NOW - 10)
    assert room.make_way([busy, idle], NOW + 0.1) == []
    assert room.make_way([busy, idle], NOW + 0.3) == [idle]


def test_unread_bytes_over_the_budget_cost_those_who_waited_longest() -> None:
    first, second, third = Seat(1, 40), Seat(2, 0), Seat(3, 40)
    busy = Seat(NEVER, 40)
    seats = [busy, third, second, first]
    assert over_budget(seats, 120) == []
    assert over_budget(seats, 100) == [first]
    assert over_budget(seats, 50) == [first, third]
    assert over_budget(seats, 10) == [first, third]
