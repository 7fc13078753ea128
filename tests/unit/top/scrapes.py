"""Scrapes made of a few numbers."""

from sidegate.top.scrape import Scrape

STARTED = "process_start_time_seconds"


def scrape(at: float, started: float = 100.0, **numbers: float | dict[str, float]) -> Scrape:
    """Return a scrape. A number has no labels; a table is by its one label, as `name__label`."""
    made: dict[str, dict[frozenset[tuple[str, str]], float]] = {STARTED: {frozenset(): started}}
    for key, value in numbers.items():
        name, _, label = key.partition("__")
        table = value if isinstance(value, dict) else {}
        made[name] = {frozenset({(label, one)}): number for one, number in table.items()}
        if not isinstance(value, dict):
            made[name] = {frozenset(): value}
    return Scrape(at, made)
