"""What a part of the gate lets operators see: a name, labels, and how to read the numbers.

A measure is read when somebody scrapes, and costs nothing before. Whoever adds one keeps its labels
bounded: by the configuration or by constants, never by what came over a wire.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Generic, TypeVar

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds of every histogram, as oauth2-proxy has them for its own."""


@dataclass(slots=True)
class Durations:
    """One histogram. `counts[i]` fell into bucket i alone; the last is above every bound."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds


class Kind(Enum):
    """What the numbers are."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    INFO = "info"  # always 1; what is told stands in the labels


Values = Iterable[tuple[tuple[str, ...], float | Durations]]
"""The values of the labels in their order, and the number that belongs to them."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One family. `read` returns its numbers.

    A gauge that nobody can tell right now has no number; a counter has one from the start.
    """

    name: str
    kind: Kind
    text: str
    read: Callable[[], Values]
    labels: tuple[str, ...] = ()


Numbers = float | Durations | Mapping[str, float] | Mapping[str, Durations] | Values | None
"""What a row of a table reads: one number, numbers by their only label, or all that is in `Values`.

None: nobody can tell right now.
"""

Part = TypeVar("Part")


def values(numbers: Numbers) -> Values:
    """Return the numbers with the values of their labels."""
    if numbers is None:
        return ()
    if isinstance(numbers, float | int | Durations):
        return [((), numbers)]
    if isinstance(numbers, Mapping):
        return [((label,), number) for label, number in numbers.items()]
    return numbers


@dataclass(frozen=True, slots=True)
class Family(Generic[Part]):
    """One row of a table: what is told of a part of the gate, and where it stands in there."""

    name: str
    kind: Kind
    text: str
    read: Callable[[Part], Numbers]
    labels: tuple[str, ...] = ()

    def of(self, part: Part) -> Measure:
        """Return what is told of this part."""
        return Measure(
            self.name, self.kind, self.text, lambda: values(self.read(part)), self.labels
        )

    def of_each(self, label: str, parts: Mapping[str, Part]) -> Measure:
        """Return what is told of all of these parts; `label` has the names they have here."""
        return Measure(
            self.name,
            self.kind,
            self.text,
            lambda: [
                ((name, *others), number)
                for name, part in parts.items()
                for others, number in values(self.read(part))
            ],
            (label, *self.labels),
        )
