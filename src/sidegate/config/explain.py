"""The effective configuration with the origin of every value, and every secret masked."""

import json

from sidegate.config.options import Kind, Option, Plain, Status
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


def shown(values: Values) -> dict[str, dict[str, object]]:
    """Return value and origin of every option that does something, by its key."""
    return {
        entry.option.key: {
            "value": plain_of(entry.option, entry.value),
            "origin": entry.place,
        }
        for entry in values.values()
        if entry.option.status is Status.BUILT and entry.option.document
    }


def as_toml(values: Values) -> str:
    """Write the values as a TOML file whose comments name the origins."""
    lines: list[str] = []
    heading = ""
    for key, row in shown(values).items():
        title = values[key].option.section
        if title != heading:
            lines += ["", f"# {title}"]
            heading = title
        setting = f"{key} = {toml(row['value'])}"
        lines.append(f"{setting:<40} # {row['origin']}")
    return "\n".join(lines[1:]) + "\n"


def toml(value: object) -> str:
    """Write a plain value as TOML; JSON spells texts, lists, numbers and booleans the same."""
    return json.dumps(value, ensure_ascii=False)


def as_json(values: Values) -> str:
    """Write the values as one JSON object."""
    return json.dumps(shown(values), indent=2, ensure_ascii=False) + "\n"
