"""The JSON Schema of the TOML file, for editors that complete and check it."""

from collections.abc import Iterable
from typing import Any

from sidegate.config.explain import plain_of
from sidegate.config.options import OPTIONS, PROVIDER_OPTIONS, Kind, Option, Status
from sidegate.config.options.several import SEVERAL
from sidegate.config.tables import TABLES

DURATION = r"^[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$"

TYPES: dict[Kind, dict[str, Any]] = {
    Kind.BOOL: {"type": "boolean"},
    Kind.TEXT: {"type": "string"},
    Kind.INT: {"type": "integer"},
    Kind.DURATION: {"type": "string", "pattern": DURATION},
    Kind.LIST: {"type": ["array", "string"], "items": {"type": "string"}},
}


def schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12); other spellings of a key are allowed by pattern."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sidegate configuration",
        "type": "object",
        "properties": {option.key: describe(option) for option in OPTIONS}
        | {name: array(purpose) for name, purpose in TABLES.items()}
        | {"providers": {**array(TABLES["providers"]), "items": provider()}},
        "patternProperties": other_spellings(OPTIONS),
        "additionalProperties": False,
    }


def array(purpose: str) -> dict[str, Any]:
    """Describe an array of tables; what may stand in one, its reader says."""
    return {"type": "array", "items": {"type": "object"}, "description": purpose}


def provider() -> dict[str, Any]:
    """Describe one table of `[[providers]]`."""
    own = {option.key: describe(option) for option in SEVERAL}
    name = {"$ref": "#/properties/provider_display_name"}
    options = {row.key: {"$ref": f"#/properties/{row.key}"} for row in PROVIDER_OPTIONS}
    return {
        "type": "object",
        "properties": {**own, "name": name, **options},
        "patternProperties": other_spellings(PROVIDER_OPTIONS),
        "additionalProperties": False,
    }


def other_spellings(options: Iterable[Option]) -> dict[str, Any]:
    """Return patterns for the other names of options, and for dashes."""
    return {
        spellings(option): {"$ref": f"#/properties/{option.key}"}
        for option in options
        if "_" in option.key or option.aliases
    }


def describe(option: Option) -> dict[str, Any]:
    """Describe one option: type, choices, default and help; a planned one only has its default."""
    row = {**TYPES[option.kind], "description": option.help}
    if option.secret:
        row["writeOnly"] = True
    else:
        row["default"] = plain_of(option, option.default)
    if option.choices and option.kind is Kind.TEXT:
        row["enum"] = list(option.choices)
    if option.choices and option.kind is Kind.LIST:
        row["items"] = {"type": "string", "enum": list(option.choices)}
    if option.status is Status.DEPRECATED:
        row["deprecated"] = True
    if option.is_planned:
        row["const"] = plain_of(option, option.default)
        row["description"] += " Not built yet."
    return row


def spellings(option: Option) -> str:
    """Return the pattern of every accepted spelling, with dashes or underscores."""
    names = (option.key, *option.aliases)
    return "^(" + "|".join(name.replace("_", "[-_]") for name in names) + ")$"
