"""Numbers in the units that the dashboard uses, as people read them."""

from math import floor, log10

_SPANS = ((86400.0, "days"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"))
_SIZES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
_RATES = {"reqps": " req/s", "ops": " /s", "opm": " /min", "short": ""}


def text(value: float, unit: str, decimals: int | None = None) -> str:
    """Return a number with its unit. Raises KeyError for a unit that nobody taught us."""
    if unit == "percentunit":
        return f"{_short(value * 100)} %"
    if unit == "s":
        return _scaled(value, _SPANS, " µs", 1e6)
    if unit == "bytes":
        return _scaled(value, _SIZES, " B", 1)
    return f"{_short(value) if decimals is None else f'{value:.{decimals}f}'}{_RATES[unit]}"


def ticks(top: float, unit: str) -> list[float]:
    """Return round values from 0 to about `top`, four or so."""
    whole = _whole(top, unit)
    step = top / whole / 4
    power = 10.0 ** floor(log10(step))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= step) * whole
    return [step * number for number in range(round(top / step + 0.5) + 1)]


def _whole(top: float, unit: str) -> float:
    """Return the span or size in which a scale up to `top` is round."""
    steps = {"s": _SPANS, "bytes": _SIZES}.get(unit, ())
    return next((size for size, _ in steps if top >= 2 * size), 1.0)


def _scaled(
    value: float, steps: tuple[tuple[float, str], ...], smallest: str, factor: float
) -> str:
    for size, name in steps:
        if abs(value) >= 2 * size or value == size:
            return f"{_short(value / size)} {name}"
    return f"{_short(value * factor)}{smallest}" if value else "0"


def _short(value: float) -> str:
    """Return three digits; what is larger than a thousand is counted in thousands."""
    if abs(value) >= 1e6:
        return f"{value / 1e6:.3g} M"
    return (
        f"{value / 1e3:.3g} K"
        if abs(value) >= 1e4
        else f"{value:.3g}"
        if abs(value) < 1e3
        else f"{value:.0f}"
    )
