"""Arrays of tables in the file: `[[rules]]` and its like, which no flag and no variable can say.

What stands in one is the business of whoever reads it; here it is only found, with its lines.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from sidegate.config.findings import Findings, suggestion

TABLES: Final = {
    "providers": "Several identity providers, see docs/several-providers.md.",
    "rules": "Who may do what: an ordered list, see docs/authorization.md.",
    "expectations": "What `sidegate rules test` expects of the rules, see docs/authorization.md.",
}
"""The name of each array of tables, and what it is for."""

HEADING = re.compile(r"\s*\[\[\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*\]\]")
OTHER_HEADING = re.compile(r"\s*\[")
KEY = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*[.=]")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an array: its values by folded key, and where it and they stand."""

    place: str
    values: Mapping[str, object]
    places: Mapping[str, str] = field(default_factory=dict)

    def where(self, key: str) -> str:
        """Return the place of one of its keys, as a mistake names it."""
        return f"{self.places.get(key, self.place)} ({key})"

    def refuse_unknown(self, known: Iterable[str], findings: Findings) -> None:
        """Note every key that is none of the known ones."""
        known = tuple(known)
        for key in self.values:
            if key not in known:
                listed = f"The keys are {', '.join(known)}; options stand above the first table."
                near = suggestion(key, known, listed)
                findings.refuse(self.places.get(key, self.place), f"unknown key {key}", near)


Tables = dict[str, tuple[Table, ...]]


def read_tables(
    path: str, name: str, value: object, lines: list[str], findings: Findings
) -> tuple[Table, ...]:
    """Return the tables of one array; note what is no array of tables."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        findings.refuse(path, f"{name}: not a list of tables", f"Write [[{name}]] above each.")
        return ()
    found = list(_headings(name, lines))
    return tuple(
        _table(path, name, number, one, found[number] if number < len(found) else None, findings)
        for number, one in enumerate(value)
    )


def fold(name: str) -> str:
    """Return a key as it is known: in lower case, with underscores."""
    return name.lower().replace("-", "_")


def _table(
    path: str,
    name: str,
    number: int,
    value: dict[str, object],
    found: dict[str, int] | None,
    findings: Findings,
) -> Table:
    place = f"{path} line {found['']}" if found else f"{path} [[{name}]] number {number + 1}"
    places = {key: f"{path} line {line}" for key, line in (found or {}).items() if key}
    values: dict[str, object] = {}
    for written, one in value.items():
        key = fold(written)
        if key in values:
            findings.refuse(places.get(key, place), f"{key} stands there twice", "Keep one.")
        values[key] = one
    return Table(place, values, places)


def _headings(name: str, lines: Iterable[str]) -> Iterator[dict[str, int]]:
    """Yield for each heading of this array the lines of its keys; under "" its own."""
    current: dict[str, int] | None = None
    for number, line in enumerate(lines, start=1):
        heading = HEADING.match(line)
        if heading and fold(heading[1]) == name:
            if current is not None:
                yield current
            current = {"": number}
        elif current is not None and OTHER_HEADING.match(line):
            yield current
            current = None
        elif current is not None and (key := KEY.match(line)):
            current.setdefault(fold(key[1]), number)
    if current is not None:
        yield current
