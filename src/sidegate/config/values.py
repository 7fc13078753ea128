"""Texts and TOML values become plain values, by the rules of Go that oauth2-proxy's users know."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from sidegate.config.findings import Malformed
from sidegate.config.options import Kind, Option, Plain
from sidegate.config.tables import Tables

TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
LONGEST = 9_223_372_036.0  # seconds: Go counts nanoseconds in 63 bits
LARGEST = 2**31 - 1

# Fixed patterns over the operator's own text, linear in its length.
PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
WHOLE = re.compile(r"[-+]?[0-9]{1,18}")


class Source(StrEnum):
    """Where a value came from, the strongest first."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Effective:
    """The value of an option, with its origin as the operator would name it.

    `place`: "flag --upstream", "environment OAUTH2_PROXY_UPSTREAMS", "sidegate.toml line 7" or
    "default". `broken`: the value could not be read and the default stands in for it.
    """

    option: Option
    value: Plain
    place: str = "default"
    source: Source = Source.DEFAULT
    broken: bool = False

    @property
    def is_given(self) -> bool:
        """Somebody set it, even if to the default."""
        return self.source is not Source.DEFAULT

    @property
    def where(self) -> str:
        """The place as a mistake names it: with the key, or how to set what nobody has set."""
        match self.source:
            case Source.FILE:
                return f"{self.place} ({self.option.key})"
            case Source.DEFAULT:
                return f"--{self.option.flag} ({self.option.variable})"
            case _:
                return self.place


class Values(dict[str, Effective]):
    """The effective value of every option by its key, with typed questions.

    `tables`: the arrays of tables of the file, such as `[[rules]]`, by their names.
    """

    def __init__(self, tables: Tables | None = None) -> None:
        super().__init__()
        self.tables = tables or {}

    def text(self, key: str) -> str:
        """Return the text of an option."""
        return str(self[key].value)

    def is_on(self, key: str) -> bool:
        """Tell whether a switch is on."""
        return self[key].value is True

    def number(self, key: str) -> float:
        """Return an integer, or a duration in seconds."""
        value = self[key].value
        return value if isinstance(value, int | float) else 0

    def items_of(self, key: str) -> tuple[str, ...]:
        """Return the entries of a list."""
        value = self[key].value
        return value if isinstance(value, tuple) else ()

    def place(self, key: str) -> str:
        """Name where the value came from, for a mistake."""
        return self[key].where

    def is_missing(self, key: str) -> bool:
        """Tell whether nothing was given, not even something unreadable."""
        return not self[key].value and not self[key].broken

    def change(self, key: str, value: Plain, place: str, source: Source) -> None:
        """Replace a value by one that came in under another name."""
        self[key] = replace(self[key], value=value, place=place, source=source)


def parse_bool(text: str) -> bool:
    """Read a boolean as Go's ParseBool does. Raises Malformed."""
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise Malformed("neither true nor false", "Write true or false.")


def parse_int(text: str) -> int:
    """Read a decimal integer of ASCII digits. Raises Malformed."""
    if not WHOLE.fullmatch(text) or abs(int(text)) > LARGEST:
        raise Malformed("not a whole number", "Write decimal digits, for example 10.")
    return int(text)


def parse_duration(text: str) -> float:
    """Read a Go duration (`168h`, `1h30m`, `1.5h`, `250ms`, `0`) in seconds. Raises Malformed."""
    bare = text[1:] if text[:1] in ("+", "-") else text
    if bare == "0":
        return 0.0
    parts = list(PART.finditer(bare))
    if not bare or "".join(part.group() for part in parts) != bare:
        raise Malformed("not a duration", duration_remedy(bare))
    seconds = float(sum(float(part[1]) * UNITS[part[2]] for part in parts))
    if seconds > LONGEST:
        raise Malformed("a duration beyond 292 years", "Write a shorter one, for example 168h.")
    return -seconds if text.startswith("-") else seconds


def duration_remedy(text: str) -> str:
    """Say how to write what was probably meant."""
    if WHOLE.fullmatch(text):
        return f'A duration needs a unit: write "{text}s" for seconds.'
    if text[-1:] in ("d", "w") and WHOLE.fullmatch(text[:-1]):
        hours = int(text[:-1]) * (24 if text[-1] == "d" else 168)
        return f'Days and weeks are written in hours: "{hours}h".'
    return 'Write numbers with units h, m, s or ms, for example "1h30m".'


def format_duration(seconds: float) -> str:
    """Write seconds as a Go duration, the short way: 168h, 1h30m, 250ms."""
    if seconds != int(seconds):
        return f"{seconds * 1000:g}ms" if seconds < 1 else f"{seconds:g}s"
    left, text = int(seconds), ""
    for unit, size in (("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        text += f"{count}{unit}" if count else ""
    return text or "0"


def split_plainly(text: str) -> tuple[str, ...]:
    """Split the list of a variable or TOML text at commas, minding no quotes. Raises Malformed."""
    return tidy(text.split(",")) if text else ()


def split_quoted(text: str) -> tuple[str, ...]:
    """Split the list of a flag at commas, minding CSV quotes. Raises Malformed."""
    if not set('"\r\n').intersection(text):
        return split_plainly(text)
    import csv  # noqa: PLC0415 - few lists have quotes, and every process counts its memory

    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error:
        rows = []
    if len(rows) != 1:
        raise Malformed(
            "not a list", 'Separate entries by commas; put one with a comma in double quotes ("").'
        )
    return tidy(rows[0])


def tidy(entries: list[str]) -> tuple[str, ...]:
    """Trim spaces around entries. Raises Malformed for an empty one: an empty pattern opens all."""
    trimmed = tuple(entry.strip(" \t") for entry in entries)
    if not all(trimmed):
        raise Malformed("an entry of the list is empty", "Remove the surplus comma or entry.")
    return trimmed


def parse_text(option: Option, text: str, *, quoted: bool = False) -> Plain:
    """Read the text of a flag (`quoted`: lists by CSV rules) or a variable. Raises Malformed."""
    match option.kind:
        case Kind.BOOL:
            return parse_bool(text)
        case Kind.INT:
            return parse_int(text)
        case Kind.DURATION:
            return parse_duration(text)
        case Kind.LIST:
            return split_quoted(text) if quoted else split_plainly(text)
        case Kind.TEXT:
            return text


def parse_document_value(option: Option, value: object) -> Plain:
    """Read a TOML value. Raises Malformed with the spelling that was probably meant."""
    if isinstance(value, str):
        return parse_text(option, value)
    match option.kind, value:
        case (Kind.BOOL, bool()):
            return value
        case (Kind.INT, int()) if not isinstance(value, bool):
            return parse_int(str(value))
        case (Kind.DURATION, int()) if value == 0 and not isinstance(value, bool):
            return 0.0
        case (Kind.DURATION, int()) if not isinstance(value, bool):
            raise Malformed("a number is not a duration", f'Write "{value}s" for seconds.')
        case (Kind.LIST, list()) if all(isinstance(entry, str) for entry in value):
            return tidy(value)
        case _:
            raise Malformed(f"needs {NEEDS[option.kind]}", f"Write {EXAMPLES[option.kind]}.")


NEEDS = {
    Kind.BOOL: "a boolean",
    Kind.INT: "a whole number",
    Kind.DURATION: "a duration as text",
    Kind.LIST: "a list of texts",
    Kind.TEXT: "a text",
}
EXAMPLES = {
    Kind.BOOL: "true or false",
    Kind.INT: "digits, for example 10",
    Kind.DURATION: 'it in quotes with a unit, for example "60s"',
    Kind.LIST: 'it in brackets and quotes, for example ["one", "two"]',
    Kind.TEXT: 'it in quotes, for example "text"',
}
