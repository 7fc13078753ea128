"""The effective configuration with the origin of every value, and every secret masked."""

import json
from collections.abc import Iterable, Sequence

from sidegate.config.options import PROVIDER_OPTIONS, Kind, Option, Plain, Status
from sidegate.config.options.several import SEVERAL
from sidegate.config.values import Values, format_duration

MASK = "***"


def plain_of(option: Option, value: Plain) -> bool | int | str | list[str]:
    """Return a value as it would stand in a file, a secret masked."""
    if option.secret and value:
        return MASK
    if isinstance(value, tuple):
        return list(value)
    if option.kind is Kind.DURATION and not isinstance(value, str):
        return format_duration(float(value))
    return int(value) if isinstance(value, float) else value


Shown = dict[str, dict[str, object]]
"""Value and origin of options, by their keys."""


def shown(values: Values, options: Iterable[Option]) -> Shown:
    """Return value and origin of each of these options that does something, by its key."""
    return {
        option.key: {
            "value": plain_of(option, values[option.key].value),
            "origin": values[option.key].place,
        }
        for option in options
        if option.status is Status.BUILT and option.document
    }


def for_all(values: Values, providers: Sequence[Values]) -> Shown:
    """Return what is for all. Without tables that is everything: the only provider, too."""
    apart = frozenset(PROVIDER_OPTIONS) if providers else frozenset()
    return shown(values, [row.option for row in values.values() if row.option not in apart])


def for_one(provider: Values) -> Shown:
    """Return what one table of `[[providers]]` makes of its provider."""
    return shown(provider, (*SEVERAL, *PROVIDER_OPTIONS))


def as_toml(values: Values, providers: Sequence[Values] = ()) -> str:
    """Write the values as a TOML file whose comments name the origins.

    `providers`: those of the tables, if there are any.
    """
    lines = _lines(values, for_all(values, providers))
    for provider in providers:
        lines += ["", "[[providers]]", *_lines(provider, for_one(provider))]
    return "\n".join(lines[1:]) + "\n"


def _lines(values: Values, rows: Shown) -> list[str]:
    lines: list[str] = []
    heading = ""
    for key, row in rows.items():
        title = values[key].option.section
        if title != heading:
            lines += ["", f"# {title}"]
            heading = title
        setting = f"{key} = {toml(row['value'])}"
        lines.append(f"{setting:<40} # {row['origin']}")
    return lines


def toml(value: object) -> str:
    """Write a plain value as TOML; JSON spells texts, lists, numbers and booleans the same."""
    return json.dumps(value, ensure_ascii=False)


def as_json(values: Values, providers: Sequence[Values] = ()) -> str:
    """Write the values as one JSON object; `providers` as for `as_toml`."""
    rows: dict[str, object] = {**for_all(values, providers)}
    if providers:
        rows["providers"] = [for_one(provider) for provider in providers]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
