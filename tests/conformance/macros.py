"""The small language of the rows: values that are only known while a row is played.

`$name` is a captured value, and may be followed by `^upper`, `[:-1]` or text (after an optional
`+`); `now`, `now+20` and `now-600` are times in seconds; `rand` is new each time; `A*4000` is
text repeated, and `g%05d*5000` inside a list is that many items.
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any

_NAME = re.compile(r"\$([A-Za-z_.0-9]*[A-Za-z_0-9])(\^upper|\[:-1\]|\+)?(.*)", re.DOTALL)
_TIME = re.compile(r"now(?:([+-])(\d+))?")
_REPEAT = re.compile(r"([^*]+)\*(\d+)", re.DOTALL)


def expand(value: Any, names: Mapping[str, Any], now: float) -> Any:
    """Return `value` with every macro replaced, at any depth; an unknown name is a KeyError."""
    if isinstance(value, dict):
        return {key: expand(item, names, now) for key, item in value.items()}
    if isinstance(value, list):
        return [item for part in value for item in _items(part, names, now)]
    return _text(value, names, now) if isinstance(value, str) else value


def _items(value: Any, names: Mapping[str, Any], now: float) -> list[Any]:
    if isinstance(value, str) and "%" in value and (series := _REPEAT.fullmatch(value)):
        return [series[1] % number for number in range(int(series[2]))]
    return [expand(value, names, now)]


def _text(value: str, names: Mapping[str, Any], now: float) -> Any:
    if value == "rand":
        return secrets.token_urlsafe(12)
    if time := _TIME.fullmatch(value):
        return int(now) + int((time[1] or "+") + (time[2] or "0"))
    if series := _REPEAT.fullmatch(value):
        return series[1] * int(series[2])
    named = _NAME.fullmatch(value)
    return _captured(named, names[named[1]]) if named else value


def _captured(named: re.Match[str], found: Any) -> Any:
    match named[2]:
        case "^upper":
            return found.upper() + named[3]
        case "[:-1]":
            return found[:-1] + named[3]
    return found + named[3] if named[3] else found
