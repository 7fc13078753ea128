"""The figures as a picture: one group of bars per figure, written as plain SVG."""

from __future__ import annotations

from html import escape

from report import Medians, rounded
from scenarios import FIGURES, Figure

_COLOURS = {
    "sidegate": "#2563eb",
    "sidegate-unlogged": "#0d9488",
    "sidegate-json": "#64748b",
    "sidegate-redis": "#7c3aed",
    "sidegate-before": "#93c5fd",
    "nginx": "#9ca3af",
    "apache": "#f59e0b",
    "oauth2-proxy": "#dc2626",
}
_NAMES = {
    "sidegate": "sidegate",
    "sidegate-unlogged": "no logs",
    "sidegate-json": "JSON logs",
    "sidegate-redis": "in Redis",
    "sidegate-before": "before",
    "oauth2-proxy": "oauth2-proxy",
    "nginx": "nginx, no sign-in",
    "apache": "mod_auth_openidc",
}
_COLUMNS, _WIDTH, _LABEL, _BAR, _GAP = 2, 470, 24, 18, 18
_LONGEST_BAR = 340


def draw(found: Medians, subtitle: str) -> str:
    """Return the SVG. Each figure has its own scale: its longest bar is its largest value.

    A server of which little was measured is left out, for it would leave out the other figures.
    """
    most = max(map(len, found.values()), default=0)
    found = {peer: values for peer, values in found.items() if len(values) * 2 > most}
    figures = [
        figure for figure in FIGURES if all(figure.key in values for values in found.values())
    ]
    group = _LABEL + _BAR * len(found) + _GAP
    height = 90 + group * -(-len(figures) // _COLUMNS)
    parts = [_start(_COLUMNS * _WIDTH + 20, height), _heading(found, subtitle)]
    for number, figure in enumerate(figures):
        left = 20 + _WIDTH * (number % _COLUMNS)
        top = 90 + group * (number // _COLUMNS)
        parts.append(_group(found, figure, left, top))
    return "\n".join([*parts, "</svg>", ""])


def _start(width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="12">'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    )


def _heading(found: Medians, subtitle: str) -> str:
    parts = [
        _text(20, 28, "What one gate costs", 'font-size="18" font-weight="600"'),
        _text(20, 47, subtitle, 'fill="#6b7280"'),
    ]
    for number, peer in enumerate(found):
        left = 20 + 160 * number
        parts.append(f'<rect x="{left}" y="58" width="12" height="12" fill="{_COLOURS[peer]}"/>')
        parts.append(_text(left + 18, 68, _NAMES[peer]))
    return "".join(parts)


def _group(found: Medians, figure: Figure, left: int, top: int) -> str:
    """One figure: its title and a bar for each server."""
    largest = max(*(values[figure.key] for values in found.values()), 1e-9)
    better = " (more is better)" if figure.more_is_better else ""
    parts = [_text(left, top + 14, f"{figure.title}, {figure.unit}{better}", 'font-weight="600"')]
    for number, (peer, values) in enumerate(found.items()):
        value = values[figure.key]
        bar = max(1.0, _LONGEST_BAR * value / largest)
        y = top + _LABEL + _BAR * number
        parts.append(
            f'<rect x="{left}" y="{y}" width="{bar:.1f}" height="{_BAR - 4}" '
            f'fill="{_COLOURS[peer]}"/>'
        )
        parts.append(_text(left + round(bar) + 6, y + 11, rounded(value)))
    return "".join(parts)


def _text(x: int, y: int, words: str, attributes: str = "") -> str:
    return f'<text x="{x}" y="{y}" {attributes}>{escape(words)}</text>'
