"""How many clients may be here at once, and who has to leave when the room is full.

Rule 1: a newcomer is served as long as somebody else only waits. Those who have asked for nothing
for the longest time go first, so that idle and slow clients cannot lock out the others.
Rule 2: one address cannot take all the places. Proxies speak for many and are not counted.
Rule 3: heads that are not whole yet cost a bounded amount of memory, however many send them.
This module decides; its caller closes.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable
from enum import StrEnum
from typing import Protocol, TypeVar

from sidegate.core.messages import Peer
from sidegate.gate.throttle import network_of
from sidegate.net.sweeper import NEVER

PATIENCE = 1.0
"""Seconds that a client may wait in any case, so that a flood does not push out newcomers."""
MARGIN = 64
"""Connections beyond the limit that are told why; those beyond are cut without a word."""
HELD_BUDGET = 64 << 20
"""Bytes of unread heads and requests, of all connections together."""
HELD_STEP = 4 << 20
"""Bytes after which it is looked whether the budget is kept."""
_LOOK_AGAIN = 0.25
"""Seconds until it is looked anew whether somebody can leave: a look costs time for everybody."""


class Refused(StrEnum):
    """Why a connection was not served, or ended to serve others; the label of the metric."""

    LIMIT = "limit_connections"
    ADDRESS = "limit_connections_per_address"
    EVICTED = "evicted"


class Guest(Protocol):
    """A connection as it is seen here."""

    @property
    def waiting_since(self) -> float:
        """Monotonic seconds since when nothing was asked for; NEVER while a request is served."""

    @property
    def held(self) -> int:
        """Bytes that came and were not read yet."""


AnyGuest = TypeVar("AnyGuest", bound=Guest)


class Room:
    """Counts the connections of one service. `most`, `most_per_address`: 0 for no limit.

    `is_counted`: whether an address (text) counts towards `most_per_address`.
    """

    def __init__(
        self,
        most: int = 0,
        most_per_address: int = 0,
        is_counted: Callable[[str], bool] = bool,
    ) -> None:
        self.most = most
        self._most_per_address = most_per_address
        self._is_counted = is_counted
        self._here: dict[str, int] = {}
        self._look_at = 0.0

    def enter(self, peer: Peer) -> bool:
        """Count a newcomer; say whether its address has a place left."""
        key = self._key(peer)
        if not key:
            return True
        here = self._here[key] = self._here.get(key, 0) + 1
        return here <= self._most_per_address

    def leave(self, peer: Peer) -> None:
        """Count one less, for each one that entered."""
        key = self._key(peer)
        if key and self._here[key] == 1:
            del self._here[key]
        elif key:
            self._here[key] -= 1

    def is_over(self, count: int, margin: int = 0) -> bool:
        """Say whether `count` connections are more than there may be."""
        return bool(self.most) and count > self.most + margin

    def make_way(self, guests: Collection[AnyGuest], now: float) -> list[AnyGuest]:
        """Return who has to leave for newcomers: some of those who wait, none if nobody does."""
        if now < self._look_at:
            return []
        leaving = longest_waiting(guests, now, self.most // 64 + 1)
        if not leaving:
            self._look_at = now + _LOOK_AGAIN
        return leaving

    def _key(self, peer: Peer) -> str:
        """Return what is counted together: an address, or a /64 of IPv6, which one client has."""
        address = peer.address
        if not self._most_per_address or not self._is_counted(address):
            return ""
        return network_of(address) if ":" in address else address


def longest_waiting(guests: Iterable[AnyGuest], now: float, count: int) -> list[AnyGuest]:
    """Return those who have waited the longest, `count` at most, nobody who came just now."""
    waiting = ((guest.waiting_since, id(guest), guest) for guest in guests)
    patient = (entry for entry in waiting if entry[0] <= now - PATIENCE)
    return [guest for _, _, guest in heapq.nsmallest(count, patient)]


def over_budget(guests: Collection[AnyGuest], budget: int = HELD_BUDGET) -> list[AnyGuest]:
    """Return who has to leave so that unread bytes stay within the budget, oldest wait first."""
    held = sum(guest.held for guest in guests)
    if held <= budget:
        return []
    leaving = []
    for guest in sorted(guests, key=lambda guest: guest.waiting_since):
        if held <= budget or guest.waiting_since == NEVER:
            break
        if guest.held:
            leaving.append(guest)
            held -= guest.held
    return leaving
