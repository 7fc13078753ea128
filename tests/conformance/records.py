"""The rows: where they are, which diverge on purpose, and which wait for what is not built yet."""

import json
import tomllib
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
Row = dict[str, Any]


@cache
def _entries(name: str) -> dict[str, str]:
    """Return the reason of each row that a TOML list names."""
    entries = tomllib.loads((HERE / f"{name}.toml").read_text())[name.removesuffix("s")]
    return {row: entry["reason"] for entry in entries for row in entry["rows"]}


def diverging() -> dict[str, str]:
    """Return the rows that are answered differently on purpose, with the reason."""
    return _entries("divergences")


def not_built() -> dict[str, str]:
    """Return the rows that need what is not built yet, with the reason."""
    return _entries("not_built")


def rows(file: str, *groups: str) -> list[Row]:
    """Return the rows of a file, or of some of its groups."""
    data = json.loads((HERE / file).read_text())
    if isinstance(data, list):
        return data
    chosen = groups or tuple(data["groups"])
    return [{**row, "group": group} for group in chosen for row in data["groups"][group]]


def parameters(file: str, *groups: str, by: Callable[[Row], Any] | None = None) -> list[Any]:
    """Return the rows as parameters of a test. `by` brings those together that share a gate."""
    found = rows(file, *groups)
    if by is not None:
        found.sort(key=lambda row: json.dumps(by(row), sort_keys=True, default=str))
    return [pytest.param(row, id=row["id"]) for row in found]


def described(row: Row, error: BaseException) -> str:
    """Return what went wrong with a row, and where."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.name}: {frame.line}" for frame in reversed(frames[-2:]))
    return f"{row.get('why', row.get('note', ''))}\n{type(error).__name__}: {error}\n{places}"


def settle(row: Row, fault: str) -> None:
    """Judge a row that was played; `fault` says what was not as recorded, empty for nothing.

    A row that diverges on purpose, or that waits, must have a fault: the lists stay true.
    """
    excuses = {**diverging(), **not_built()}
    if "divergence" in row:
        return
    if row["id"] in excuses:
        assert fault, f"it is as recorded, so {row['id']} leaves its list: {excuses[row['id']]}"
        return
    assert not fault, fault
