"""What a metrics listener said at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Scrape:
    """Every number by its name and labels. `at`: seconds, by a clock that only goes forward."""

    at: float
    numbers: Mapping[str, Mapping[Labels, float]] = field(repr=False)

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of a family, or of those of its numbers that have these labels."""
        wanted = labels.items()
        found = self.numbers.get(name, {})
        return sum(number for key, number in found.items() if wanted <= key)

    def by(self, name: str, label: str) -> dict[str, float]:
        """Return the sums of a family by one label."""
        sums: dict[str, float] = {}
        for key, number in self.numbers.get(name, {}).items():
            value = dict(key).get(label, "")
            sums[value] = sums.get(value, 0.0) + number
        return sums

    def first(self, name: str) -> float | None:
        """Return the number of a family that has but one, or None where nobody tells."""
        return next(iter(self.numbers.get(name, {}).values()), None)

    def label(self, name: str, label: str) -> str:
        """Return the value of a label of a family that has but one number."""
        return next(iter(self.by(name, label)), "")


def parse(text: str, at: float) -> Scrape:
    """Return what a listener said. Raises ValueError for what is not the text format."""
    numbers: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            numbers.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return Scrape(at, numbers)
