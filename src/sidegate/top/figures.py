"""What happened between two scrapes, or since the start where there is but one.

Rule 1: a counter that fell belongs to a gate that was started anew; it counts from 0 then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from sidegate.top.scrape import Scrape

STARTED = "process_start_time_seconds"


@dataclass(frozen=True, slots=True)
class Figures:
    """`now` and what came before it. `seconds`: of wall time since the gate started."""

    now: Scrape
    before: Scrape | None
    uptime: float

    @property
    def is_since_start(self) -> bool:
        """Say whether rates are averages since the gate was started."""
        return self.before is None or self._was_restarted

    @property
    def _was_restarted(self) -> bool:
        return self.before is not None and self.before.first(STARTED) != self.now.first(STARTED)

    @property
    def seconds(self) -> float:
        """Return over how many seconds rates are counted, more than 0."""
        if self.before is None or self._was_restarted:
            return max(self.uptime, 0.001)
        return max(self.now.at - self.before.at, 0.001)

    def rate(self, name: str, **labels: str) -> float:
        """Return how much a counter grew in a second."""
        return self._grown(lambda scrape: scrape.total(name, **labels)) / self.seconds

    def rates(self, name: str, label: str) -> dict[str, float]:
        """Return how much a counter grew in a second, by a label."""
        return {
            value: self._grown(lambda scrape, value=value: scrape.by(name, label).get(value, 0.0))  # type: ignore[misc] # bound per turn
            / self.seconds
            for value in self.now.by(name, label)
        }

    def quantile(self, share: float, name: str) -> float | None:
        """Return the seconds within which this share of a histogram was, None where nothing was.

        Within a bucket everything is spread evenly; beyond the last bound it is `inf`.
        """
        bounds = sorted(float(bound) for bound in self.now.by(f"{name}_bucket", "le"))
        counts = [self._within(name, bound) for bound in bounds]
        if not counts or counts[-1] <= 0:
            return None
        wanted = share * counts[-1]
        lower = below = 0.0
        for bound, count in zip(bounds, counts, strict=True):
            if count >= wanted:
                if bound == inf:
                    return inf
                return lower + (bound - lower) * (wanted - below) / max(count - below, 1e-9)
            lower, below = bound, count
        return inf

    def _within(self, name: str, bound: float) -> float:
        def count(scrape: Scrape) -> float:
            sums = scrape.by(f"{name}_bucket", "le")
            return sum(number for le, number in sums.items() if float(le) == bound)

        return self._grown(count)

    def _grown(self, read: Callable[[Scrape], float]) -> float:
        now = read(self.now)
        if self.before is None or self._was_restarted:
            return now
        grown = now - read(self.before)
        return now if grown < 0 else grown
