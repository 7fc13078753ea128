"""The effective configuration with the origin of every value, and every secret masked."""

import json
import string
from collections.abc import Iterable, Sequence
from typing import Any

from sidegate.config.options import PROVIDER_OPTIONS, Kind, Option, Plain, Status
from sidegate.config.options.several import SEVERAL
from sidegate.config.values import Values, format_duration

MASK = "***"
_BARE = frozenset(string.ascii_letters + string.digits + "_-")


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
    for name, tables in shown_rules(values).items():
        for table in tables:
            lines += ["", f"[[{name}]] # {table['origin']}"]
            lines += [f"{_key(key)} = {toml(value)}" for key, value in table["values"].items()]
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


def shown_rules(values: Values) -> dict[str, list[dict[str, Any]]]:
    """Return values and origin of every rule and expectation; they hold no secret."""
    return {
        name: [{"values": dict(one.values), "origin": one.place} for one in values.tables[name]]
        for name in ("rules", "expectations")
        if name in values.tables
    }


def toml(value: object) -> str:
    """Write a value as TOML; JSON spells texts, numbers and booleans the same."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if key and _BARE.issuperset(key) else json.dumps(key, ensure_ascii=False)


def as_json(values: Values, providers: Sequence[Values] = ()) -> str:
    """Write the values as one JSON object; `providers` as for `as_toml`."""
    rows: dict[str, object] = {**for_all(values, providers), **shown_rules(values)}
    if providers:
        rows["providers"] = [for_one(provider) for provider in providers]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
