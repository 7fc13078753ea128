"""The panels of the dashboard, and what a Prometheus answers to their own queries."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.parts import ROOT

FILE = ROOT / "deploy/prometheus/sidegate.dashboard.json"
STEPS = 180  # from the beginning of the time shown to its end
Samples = Sequence[tuple[float, float]]
Answer = list[dict[str, Any]]
Ask = Callable[[str, bool], Answer]
"""Returns the result of a query: of a moment, or, where told so, of the whole time."""

VARIABLES = {
    "$namespace": ".*",
    "$job": ".*",
    "$instance": ".*",
    "$__rate_interval": "10s",  # Grafana would put four times the scrape interval
}


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name in the legend, and its values in time."""

    name: str
    samples: Samples


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel and what it shows from `times[0]` to `times[1]`. `rows`: of a table, by column."""

    panel: dict[str, Any]
    times: tuple[float, float] = (0.0, 1.0)
    series: list[Series] = field(default_factory=list)
    rows: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to show."""
        return not self.series and not self.rows


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it."""
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def filled(query: str) -> str:
    """Return a query with what Grafana puts in the place of its variables."""
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    return query


def queries() -> Iterator[str]:
    """Yield the queries of all panels, ready to be asked."""
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            yield filled(target["expr"])


def look(panel: dict[str, Any], ask: Ask, times: tuple[float, float]) -> Shown:
    """Return what a panel shows of what there is to be asked."""
    targets = panel.get("targets", [])
    if panel["type"] == "table":
        rows = [row for target in targets for row in _rows(panel, target, ask)]
        return Shown(panel, times, rows=rows)
    return Shown(
        panel,
        times,
        [
            Series(legend(target["legendFormat"], one["metric"]), _numbers(one["values"]))
            for target in targets
            for one in ask(filled(target["expr"]), True)
        ],
    )


def legend(form: str, labels: dict[str, str]) -> str:
    """Return the name of a series, as its labels make it."""
    for name, value in labels.items():
        form = form.replace("{{%s}}" % name, value)  # noqa: UP031 - braces in braces
    return form


def _numbers(values: list[tuple[float, str]]) -> Samples:
    return [(at, float(text)) for at, text in values]


def _rows(panel: dict[str, Any], target: dict[str, Any], ask: Ask) -> Iterator[dict[str, str]]:
    """Yield the lines of a table, as the panel's one transformation leaves them."""
    (made,) = panel["transformations"]
    hidden, renamed = made["options"]["excludeByName"], made["options"]["renameByName"]
    for one in ask(filled(target["expr"]), False):
        cells = one["metric"] | {"Value": f"{float(one['value'][1]):g}"}
        yield {renamed.get(name, name): text for name, text in cells.items() if name not in hidden}
