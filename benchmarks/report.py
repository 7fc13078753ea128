"""From samples to what people read: medians, ratios, targets, the table, JSON and Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from peers import UNLOGGED
from scenarios import FIGURES, Figure, Samples

GATE = "sidegate"
_SHORT = {
    "sidegate-before": "before",
    "sidegate": "sidegate",
    "sidegate-unlogged": "no logs",
    "sidegate-json": "JSON logs",
    "sidegate-redis": "in Redis",
    "nginx": "nginx",
    "apache": "mod_auth_openidc",
    "oauth2-proxy": "oauth2-proxy",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What sidegate shall reach: `figure` at most `limit`, as it is or times another server's."""

    figure: str
    limit: float
    times: str = ""


TARGETS = (
    Target("cpu_32", 2.0, times="nginx"),
    Target("cpu_32", 0.35, times="apache"),
    Target("cpu_32", 1.15, times="sidegate-unlogged"),
    Target("rss_idle", 45),
    Target("rss_load", 52),
    Target("start", 0.8),
)

Medians = dict[str, dict[str, float]]
Verdict = tuple[str, float, bool]  # the target in words, what was reached, whether it is met


def medians(samples: Samples) -> Medians:
    """One value, mostly the median, of each figure by server, in the order of `_SHORT`."""
    return {
        peer: {
            figure.key: figure.summary(samples.by_peer[peer][figure.key])
            for figure in FIGURES
            if figure.key in samples.by_peer[peer]
        }
        for peer in _SHORT
        if peer in samples.by_peer
    }


def verdicts(found: Medians) -> list[Verdict]:
    """Judge each target whose servers were measured."""
    titles = {figure.key: f"{figure.title} [{figure.unit}]" for figure in FIGURES}
    judged = []
    for target in TARGETS:
        gate, other = found.get(GATE), found.get(target.times)
        if gate is None or (target.times and other is None):
            continue
        value = gate[target.figure] / other[target.figure] if other else gate[target.figure]
        limit = f"{target.limit:g}" + (f" x {_SHORT[target.times]}" if target.times else "")
        judged.append((f"{titles[target.figure]} <= {limit}", value, value <= target.limit))
    return judged


def cost_of_logs(found: Medians) -> str:
    """Say in words what the default logs cost; empty where a gate without any was not measured."""
    logged, silent = found.get(GATE), found.get(UNLOGGED)
    if logged is None or silent is None:
        return ""
    shares = [
        f"{100 * (logged[key] / silent[key] - 1):.0f} % CPU per request {at}"
        for key, at in (("cpu_32", "at 32 connections"), ("cpu_1", "at one"))
    ]
    return f"default logs cost {', '.join(shares)}"


def rows(found: Medians) -> list[list[str]]:
    """Cells of the table, its heading first: each server's median and its ratio to nginx."""
    peers = list(found)
    table = [["", "unit", *(_SHORT[peer] for peer in peers)]]
    table += [
        [figure.title, figure.unit, *(_cell(found, peer, figure) for peer in peers)]
        for figure in FIGURES
    ]
    return table


def as_text(found: Medians) -> str:
    """Table and targets for a terminal."""
    table = rows(found)
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = ["  ".join(_justified(row, widths)).rstrip() for row in table]
    lines.insert(1, "-" * len(lines[0]))
    for words, value, met in verdicts(found):
        lines.append(f"{'met   ' if met else 'MISSED'}  {words}: {rounded(value)}")
    lines += filter(None, [cost_of_logs(found)])
    return "\n".join(lines)


def as_markdown(found: Medians, circumstances: dict[str, str]) -> str:
    """Write table and targets as Markdown, for the documentation."""
    heading, *table = rows(found)
    lines = [f"{name}: {value}  " for name, value in circumstances.items()]
    lines += ["", _line(heading), _line(["---", "---", *("---:" for _ in heading[2:])])]
    lines += [_line(row) for row in table]
    lines += ["", _line(["target", "reached", ""]), _line(["---", "---:", "---"])]
    for words, value, met in verdicts(found):
        lines.append(_line([words, rounded(value), "met" if met else "**missed**"]))
    if words := cost_of_logs(found):
        lines += ["", f"The {words}."]
    return "\n".join(lines) + "\n"


def as_json(found: Medians, samples: Samples, circumstances: dict[str, str]) -> dict[str, object]:
    """Return everything a machine may want, each single sample too."""
    return {
        "circumstances": circumstances,
        "figures": {
            figure.key: {
                "title": figure.title,
                "unit": figure.unit,
                "value": {peer: found[peer].get(figure.key) for peer in found},
                "ratio_to_nginx": {peer: _ratio(found, peer, figure.key) for peer in found},
                "samples": {peer: samples.by_peer[peer].get(figure.key, []) for peer in found},
            }
            for figure in FIGURES
        },
        "logs": cost_of_logs(found),
        "targets": [
            {"target": words, "reached": value, "met": met} for words, value, met in verdicts(found)
        ],
    }


def _cell(found: Medians, peer: str, figure: Figure) -> str:
    value = found[peer].get(figure.key)
    if value is None:
        return "-"
    ratio = _ratio(found, peer, figure.key)
    if ratio is None or peer == "nginx":
        return rounded(value)
    return f"{rounded(value)} ({ratio:.2f} x)"


def _ratio(found: Medians, peer: str, key: str) -> float | None:
    yardstick = found.get("nginx", {}).get(key)
    value = found[peer].get(key)
    return value / yardstick if value is not None and yardstick else None


def rounded(value: float) -> str:
    """Three significant digits, whole numbers from 100 on, thousandths below 1."""
    if abs(value) >= 100 or value == 0:
        return f"{value:,.0f}"
    digits = 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}"


def _justified(row: list[str], widths: list[int]) -> list[str]:
    """Words to the left, values to the right."""
    words = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
    return words + [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
