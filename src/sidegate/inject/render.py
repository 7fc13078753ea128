"""Values of our own as YAML: lines of a block, or one line of flow style."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

# What no reader of YAML takes for anything but a text, in flow style too.
PLAIN = re.compile(
    r"(?:--)?[A-Za-z/][A-Za-z0-9_./=^$@\\-]*(?::[A-Za-z0-9/][A-Za-z0-9_./=^$@\\-]*)*"
)
AMOUNT = re.compile(r"[0-9]+(?:m|Ki|Mi|Gi)")
ODD = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


class Mode(int):
    """The mode of a file, which people read in octal digits."""


def is_plain(text: str) -> bool:
    """Tell whether a text needs no quotes."""
    is_word = PLAIN.fullmatch(text) and text.lower() not in WORDS
    return bool(is_word or AMOUNT.fullmatch(text))


def block(value: object, indent: int) -> Iterator[str]:
    """Yield the lines of a mapping or a sequence that is not empty."""
    space = " " * indent
    if isinstance(value, Mapping):
        for key, entry in value.items():
            if is_nested(entry):
                yield f"{space}{key}:"
                yield from block(entry, indent + 2)
            else:
                yield f"{space}{key}: {flow(entry)}"
        return
    for entry in value if isinstance(value, list) else ():
        if is_nested(entry):
            first, *rest = block(entry, indent + 2)
            yield f"{space}- {first.lstrip(' ')}"
            yield from rest
        else:
            yield f"{space}- {flow(entry)}"


def is_nested(value: object) -> bool:
    """Tell whether a value needs lines of its own."""
    return isinstance(value, Mapping | list) and bool(value)


def flow(value: object) -> str:
    """Return a value in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, Mode):
        return f"{value:04o}"
    if isinstance(value, str) and is_plain(value):
        return value
    return ODD.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
