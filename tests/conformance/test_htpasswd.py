"""Plays the rows of oauth2-proxy about files of users; divergences stand in `divergences.toml`."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sidegate.config.findings import Malformed
from sidegate.config.password_file import parse_password_file
from sidegate.gate.passwords import Passwords

HERE = Path(__file__).parent
ROWS = json.loads((HERE / "htpasswd.json").read_text())["htpasswd"]
DIVERGENCES = tomllib.loads((HERE / "divergences.toml").read_text())["divergence"]
DIVERGING = {row for entry in DIVERGENCES for row in entry["rows"]}


def outcome(row: dict[str, Any]) -> bool | str:
    try:
        file = parse_password_file(row["file"].encode())
    except Malformed:
        return "load_error"  # wordings need not match
    return Passwords(file.entries).fits(row["user"], row["password"])


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in ROWS])
def test_a_file_is_refused_or_a_password_fits_as_recorded(row: dict[str, Any]) -> None:
    expected = "load_error" if isinstance(row["expect"], dict) else row["expect"]
    assert (outcome(row) == expected) != (row["id"] in DIVERGING)
