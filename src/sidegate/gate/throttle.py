"""Slows down whoever fails again and again. Bounded memory, no timers.

For each key the moment is kept at which all its failures are forgotten (the generic cell rate
algorithm: a token bucket in one number).
"""

from ipaddress import IPv6Address, ip_address
from typing import Final

MOST_KEYS: Final = 8192


class Throttle:
    """Lets each key take `limit` at once, and from then on one more each `period / limit` seconds.

    When more keys are remembered than `MOST_KEYS`, those that took longest ago are forgotten.
    """

    __slots__ = ("_ends", "_period", "_step")

    def __init__(self, limit: int, period: float) -> None:
        self._period = period
        self._step = period / limit
        self._ends: dict[str, float] = {}

    def take(self, key: str, now: float) -> float:
        """Take one and return 0.0, or return the seconds until there is one again."""
        # Never further ahead than a full period, whatever the clock did in between.
        end = min(max(self._ends.pop(key, now), now), now + self._period)
        # A thousandth of slack: sums of steps are not exact.
        wait = end + self._step - now - self._period
        if wait <= self._step / 1000:
            wait, end = 0.0, end + self._step
        self._ends[key] = end
        if len(self._ends) > MOST_KEYS:
            del self._ends[next(iter(self._ends))]
        return wait

    def give_back(self, key: str) -> None:
        """Undo a `take`: it was no failure."""
        if key in self._ends:
            self._ends[key] -= self._step

    def __len__(self) -> int:
        return len(self._ends)


def network_of(client: str) -> str:
    """Return what stands for a client: its IPv4 address, or the /64 that an IPv6 host owns."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64))
