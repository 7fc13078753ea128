"""A page that shows panels where the dashboard has them: our own drawing, in light and in dark."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import cycle
from re import search
from typing import Any

from tests.dashboard import units
from tests.dashboard.panels import STEPS, Samples, Series, Shown

WIDTH, GAP, CELL, EDGE = 1440, 8, 30, 16  # pixels: of the page, and as Grafana has its grid
COLUMN = (WIDTH - 2 * EDGE - 23 * GAP) / 24
HEAD, AXIS, LABELS, FOOT = 30, 64, 16, 44
CLASSIC = ("green", "yellow", "cyan", "orange", "red", "blue", "pink", "violet", "olive", "teal")
STYLE = """
:root { color-scheme: light dark; --paper: #f4f5f5; --card: #fff; --line: #e3e5e8; --ink: #24292e;
  --pale: #6a7179; --green: #56a64b; --yellow: #e0b400; --cyan: #1f9fb5; --orange: #f08010;
  --red: #d8243a; --blue: #3274d9; --pink: #d44f9c; --violet: #8f5bc9; --olive: #8a8f1f;
  --teal: #147a6c; }
@media (prefers-color-scheme: dark) { :root { --paper: #111217; --card: #181b1f; --line: #2c3038;
  --ink: #d8d9da; --pale: #8e949c; --green: #73bf69; --yellow: #f2cc0c; --cyan: #6bd0e0;
  --orange: #ff9830; --red: #f2495c; --blue: #5794f2; --pink: #e883c0; --violet: #b877d9;
  --olive: #b5ba4a; --teal: #4cbfab; } }
* { box-sizing: border-box; margin: 0 }
body { background: var(--paper); color: var(--ink); font: 13px/1.35 system-ui, sans-serif;
  width: 1440px; padding: 16px }
header { display: flex; gap: 10px; align-items: center; margin-bottom: 14px; flex-wrap: wrap }
header b { font-size: 20px; margin-right: 8px }
header span { border: 1px solid var(--line); background: var(--card); border-radius: 3px;
  padding: 3px 9px }
header i, footer { color: var(--pale) }
header i { margin-left: auto }
main { position: relative }
section { position: absolute; background: var(--card); border: 1px solid var(--line);
  border-radius: 3px; padding: 0 8px; overflow: hidden }
section.row { background: none; border: 0; padding: 4px 0; font-size: 15px; font-weight: 600 }
h2 { font-size: 13px; font-weight: 600; line-height: 30px; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis }
h2 small { color: var(--pale); font-weight: 400 }
h2 em { border: 1px solid; border-radius: 50%; padding: 0 4px; font: 9px Georgia, serif }
svg { display: block }
svg text { fill: var(--pale); font-size: 11px }
.empty { color: var(--pale); display: grid; place-items: center; height: calc(100% - 40px) }
.stat { font-size: 34px; font-weight: 600; line-height: 40px; text-align: center }
.stat + svg { opacity: .45 }
ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0 12px; font-size: 12px;
  max-height: 42px; overflow: hidden; line-height: 20px }
li::before { content: ""; display: inline-block; width: 12px; height: 4px; border-radius: 2px;
  background: var(--c); margin-right: 5px; vertical-align: 3px }
table { border-collapse: collapse; width: 100%; font-size: 12px }
th, td { text-align: left; padding: 3px 6px; border-bottom: 1px solid var(--line);
  white-space: nowrap; max-width: 210px; overflow: hidden; text-overflow: ellipsis }
th { color: var(--blue); font-weight: 600 }
footer { padding-top: 14px }
"""


def page(dashboard: dict[str, Any], shown: Sequence[Shown], span: str, note: str) -> str:
    """Return the whole page. `span`: the time it shows, in words; `note`: what it is."""
    chips = "".join(
        f"<span>{escape(one.get('label', one['name']))}: {escape(_chosen(one))}</span>"
        for one in dashboard["templating"]["list"]
    )
    bottom = max(one.panel["gridPos"]["y"] + one.panel["gridPos"]["h"] for one in shown)
    return (
        f"<!doctype html><meta charset=utf-8><title>{dashboard['title']}</title>"
        f"<style>{STYLE}</style><header><b>{dashboard['title']}</b>{chips}"
        f"<i>{escape(span)}</i></header>"
        f'<main style="height:{bottom * (CELL + GAP)}px">{"".join(map(card, shown))}</main>'
        f"<footer>{escape(note)}</footer>"
    )


def card(shown: Shown) -> str:
    """Return one panel in its place."""
    panel, grid = shown.panel, shown.panel["gridPos"]
    left, top = grid["x"] * (COLUMN + GAP), grid["y"] * (CELL + GAP)
    width, height = _across(grid["w"]), grid["h"] * (CELL + GAP) - GAP
    place = f"left:{left:.0f}px;top:{top}px;width:{width:.0f}px;height:{height}px"
    if panel["type"] == "row":
        return f'<section class="row" style="{place}">▾ {escape(panel["title"])}</section>'
    links = " ↗" if panel["links"] else ""
    head = f"<h2>{escape(panel['title'])} <small><em>i</em>{links}</small></h2>"
    if shown.is_empty:
        said = escape(panel["fieldConfig"]["defaults"]["noValue"])
        body = f'<div class="{"stat" if panel["type"] == "stat" else "empty"}">{said}</div>'
    else:
        body = DRAWN[panel["type"]](shown, width - 18, height - HEAD)
    return f'<section style="{place}" data-panel="{panel["id"]}">{head}{body}</section>'


def _across(columns: int) -> float:
    return columns * COLUMN + (columns - 1) * GAP


def _chosen(variable: dict[str, Any]) -> str:
    chosen: str = variable["current"].get("text", "default")
    return chosen


def _stat(shown: Shown, width: float, height: float) -> str:
    """Draw the last value, in the colour of its step, over how it came about."""
    series, defaults = shown.series[0], shown.panel["fieldConfig"]["defaults"]
    last = series.samples[-1][1]
    colour = step_of(last, defaults["thresholds"]["steps"])
    said = units.text(last, defaults["unit"], defaults.get("decimals"))
    box = Box(0, 2, width, height - 54, shown.times, max(v for _, v in series.samples))
    return (
        f'<div class="stat" style="color:var(--{colour})">{said}</div>'
        f'<svg width="{width:.0f}" height="{height - 52:.0f}">'
        f"{box.area(series.samples, colour)}{box.line(series.samples, colour)}</svg>"
    )


def step_of(value: float, steps: list[dict[str, Any]]) -> str:
    """Return the colour of a value: that of the last step at or below it."""
    passed = [one["color"] for one in steps if one["value"] is None or value >= one["value"]]
    colour: str = passed[-1]
    return colour


def _timeseries(shown: Shown, width: float, height: float) -> str:
    """Draw lines, one on the other where the panel stacks them, with axes and a legend."""
    defaults = shown.panel["fieldConfig"]["defaults"]
    coloured = list(zip(shown.series, colours(shown), strict=True))
    is_stacked = defaults["custom"]["stacking"]["mode"] == "normal"
    lines = stacked(shown.series) if is_stacked else shown.series
    limits = _limits(defaults)
    top = max([v for one in lines for _, v in one.samples], default=0.0)
    top = max([top, *(limit for limit, _ in limits if limit <= 3 * top)]) or 1.0
    marks = units.ticks(top, defaults["unit"])
    box = Box(AXIS, 6, width - AXIS, height - FOOT - LABELS - 6, shown.times, marks[-1])
    parts = list(_axes(box, marks, defaults["unit"]))
    for one, (_, colour) in reversed(list(zip(lines, coloured, strict=True))):
        if is_stacked or len(lines) == 1:
            parts.append(box.area(one.samples, colour))
        parts.append(box.line(one.samples, colour))
    parts += [
        f'<path d="M{box.left} {box.y(limit):.1f}h{box.width:.0f}" stroke="var(--{colour})" '
        'stroke-dasharray="5 4"/>'
        for limit, colour in limits
        if limit <= marks[-1]
    ]
    legend = "".join(
        f'<li style="--c:var(--{colour})">{escape(one.name)}</li>' for one, colour in coloured
    )
    svg = f'<svg width="{width:.0f}" height="{height - FOOT:.0f}">{"".join(parts)}</svg>'
    return f"{svg}<ul>{legend}</ul>"


def _limits(defaults: dict[str, Any]) -> list[tuple[float, str]]:
    """Return the lines that thresholds make, and their colours."""
    if defaults["custom"]["thresholdsStyle"]["mode"] != "line":
        return []
    steps = defaults["thresholds"]["steps"]
    return [(one["value"], one["color"]) for one in steps if one["value"] is not None]


def stacked(series: Sequence[Series]) -> list[Series]:
    """Return each series on top of those before it."""
    below: dict[float, float] = {}
    found = []
    for one in series:
        for at, value in one.samples:
            below[at] = below.get(at, 0.0) + value
        found.append(Series(one.name, [(at, below[at]) for at, _ in one.samples]))
    return found


def colours(shown: Shown) -> list[str]:
    """Return a colour for each series: what the panel says, else that of its place."""
    said = [
        (one["matcher"]["id"], one["matcher"]["options"], _colour(one))
        for one in shown.panel["fieldConfig"]["overrides"]
    ]
    return [
        next((colour for how, what, colour in said if _fits(one.name, how, what)), usual)
        for one, usual in zip(shown.series, cycle(CLASSIC), strict=False)
    ]


def _fits(name: str, how: str, what: str) -> bool:
    return name == what if how == "byName" else bool(search(what.strip("/"), name))


def _colour(override: dict[str, Any]) -> str:
    colour: str = override["properties"][0]["value"]["fixedColor"]
    return colour


def _axes(box: "Box", marks: list[float], unit: str) -> Iterator[str]:
    for mark in marks:
        y = box.y(mark)
        yield f'<path d="M{box.left} {y:.1f}h{box.width:.0f}" stroke="var(--line)"/>'
        yield (
            f'<text x="{box.left - 6}" y="{y + 4:.1f}" text-anchor="end">'
            f"{units.text(mark, unit)}</text>"
        )
    for part in range(5) if box.width > 160 else (0, 4):
        at = box.first + (box.last - box.first) * part / 4
        before = round(box.last - at)
        said = f"-{before} s" if before else "now"
        anchor = ("start", "middle", "middle", "middle", "end")[part]
        x, y = box.x(at), box.top + box.height + 14
        yield f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{said}</text>'


def _states(shown: Shown, width: float, height: float) -> str:
    """Draw what is true and what not as bars in time."""
    options = shown.panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
    tall = min(34.0, (height - LABELS - 10) / len(shown.series))
    label = 184 if width < 400 else 210
    box = Box(label, 0, width - label, tall * len(shown.series) + 4, shown.times, 1.0)
    parts = list(_axes(box, [], "short"))
    for number, one in enumerate(shown.series):
        top = number * tall + 2
        name = one.name if len(one.name) * 6.2 < label else f"{one.name[: int(label / 6.2)]}…"
        parts.append(f'<text x="0" y="{top + tall / 2 + 3:.1f}">{escape(name)}</text>')
        for begin, end, value in runs(one.samples):
            colour = options[f"{value:g}"]["color"]
            x, wide = box.x(begin), max(1.0, box.x(end) - box.x(begin))
            parts.append(
                f'<rect x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{tall - 4:.1f}" '
                f'fill="var(--{colour})" fill-opacity=".8"/>'
            )
            parts.append(
                f'<text x="{x + 5:.1f}" y="{top + tall / 2 + 3:.1f}" style="fill:var(--card)">'
                f"{options[f'{value:g}']['text'] if wide > 24 else ''}</text>"
            )
    return f'<svg width="{width:.0f}" height="{height - 6:.0f}">{"".join(parts)}</svg>'


def runs(samples: Sequence[tuple[float, float]]) -> list[tuple[float, float, float]]:
    """Return (begin, end, value) of each time in which a value stayed."""
    found: list[tuple[float, float, float]] = []
    for at, value in samples:
        if found and found[-1][2] == value:
            found[-1] = (found[-1][0], at, value)
        else:
            if found:
                found[-1] = (found[-1][0], at, found[-1][2])
            found.append((at, at, value))
    return found


def _table(shown: Shown, _width: float, _height: float) -> str:
    columns = list(dict.fromkeys(name for row in shown.rows for name in row))
    heads = "".join(f"<th>{escape(name)}</th>" for name in columns)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(row.get(name, ''))}</td>" for name in columns) + "</tr>"
        for row in shown.rows
    )
    return f"<table><tr>{heads}</tr>{lines}</table>"


DRAWN: dict[str, Callable[[Shown, float, float], str]] = {
    "stat": _stat,
    "timeseries": _timeseries,
    "state-timeline": _states,
    "table": _table,
}


class Box:
    """Where values stand in a rectangle of pixels."""

    def __init__(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        times: tuple[float, float],
        highest: float,
    ) -> None:
        self.left, self.top, self.width, self.height = left, top, width, height
        self.first, self.last = times
        self._highest = highest or 1.0

    def x(self, at: float) -> float:
        """Return where a moment stands."""
        whole = (self.last - self.first) or 1.0
        return self.left + self.width * (at - self.first) / whole

    def y(self, value: float) -> float:
        """Return where a value stands."""
        return self.top + self.height * (1 - value / self._highest)

    def line(self, samples: Samples, colour: str) -> str:
        """Return the values as a line that breaks where there are none, or as a dot."""
        return "".join(self._line(piece, colour) for piece in self._pieces(samples))

    def _line(self, samples: Samples, colour: str) -> str:
        points = " ".join(f"{self.x(at):.1f},{self.y(value):.1f}" for at, value in samples)
        if len(samples) == 1:
            x, _, y = points.partition(",")
            return f'<circle cx="{x}" cy="{y}" r="2" fill="var(--{colour})"/>'
        return (
            f'<polyline points="{points}" fill="none" stroke="var(--{colour})" '
            'stroke-width="1.5" stroke-linejoin="round"/>'
        )

    def area(self, samples: Samples, colour: str) -> str:
        """Return what is below the line."""
        return "".join(self._area(piece, colour) for piece in self._pieces(samples))

    def _area(self, samples: Samples, colour: str) -> str:
        points = " ".join(f"{self.x(at):.1f},{self.y(value):.1f}" for at, value in samples)
        begin, end, floor = self.x(samples[0][0]), self.x(samples[-1][0]), self.y(0)
        return (
            f'<polygon points="{begin:.1f},{floor:.1f} {points} {end:.1f},{floor:.1f}" '
            f'fill="var(--{colour})" fill-opacity=".16"/>'
        )

    def _pieces(self, samples: Samples) -> list[list[tuple[float, float]]]:
        """Return the values in pieces without a hole."""
        hole, found = 2.5 * (self.last - self.first) / STEPS, [[samples[0]]]
        for sample in samples[1:]:
            if sample[0] - found[-1][-1][0] > hole:
                found.append([])
            found[-1].append(sample)
        return found
