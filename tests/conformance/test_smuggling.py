"""Plays the raw-byte rows on sockets against a gate that runs; see the modules in `smuggling/`."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.smuggling.stage import SHORT, SHORT_SCALE, Stage, open_stage
from tests.conformance.smuggling.verdict import complaints

HERE = Path(__file__).parent
ROWS = json.loads((HERE / "smuggling.json").read_text(encoding="utf-8"))
DIVERGENCES = tomllib.loads((HERE / "divergences.toml").read_text())["divergence"]
DIVERGING = {row for entry in DIVERGENCES for row in entry["rows"]}
SLOW = [row for row in ROWS if "within_s" in row["expect"]]
QUICK = [row for row in ROWS if "within_s" not in row["expect"]]


def rows(chosen: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(row, id=row["id"]) for row in chosen]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = open_stage()
    yield stage
    stage.end()


@pytest.fixture(scope="module")
def impatient() -> Iterator[Stage]:
    stage = open_stage(*SHORT, scale=SHORT_SCALE)
    yield stage
    stage.end()


@pytest.mark.parametrize("row", rows(QUICK))
def test_hostile_bytes_come_to_what_the_row_says(row: dict[str, Any], stage: Stage) -> None:
    agrees(row, complaints(row, stage.play(row)))


@pytest.mark.parametrize("row", rows(SLOW))
def test_slow_bytes_come_to_what_the_row_says(row: dict[str, Any], impatient: Stage) -> None:
    agrees(row, complaints(row, impatient.play(row)))


def agrees(row: dict[str, Any], wrong: list[str]) -> None:
    """Demand that a row that diverges differs: the list of divergences stays short and true."""
    if row["id"] in DIVERGING:
        assert wrong
    else:
        assert wrong == []
