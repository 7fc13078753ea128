"""Plays the raw-byte rows on sockets against a gate that runs; see the modules in `smuggling/`.

`smuggling_own.json` holds what was found while the gate was built, in the same form.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.rows import DIVERGING, Row, params
from tests.conformance.smuggling.stage import SHORT, SHORT_SCALE, Stage, open_stage
from tests.conformance.smuggling.verdict import complaints

HERE = Path(__file__).parent
ROWS = [
    row
    for name in ("smuggling.json", "smuggling_own.json")
    for row in json.loads((HERE / name).read_text(encoding="utf-8"))
]
SLOW = [row for row in ROWS if "within_s" in row["expect"]]
QUICK = [row for row in ROWS if "within_s" not in row["expect"]]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = open_stage(tmp_path_factory.mktemp("gate"))
    yield stage
    stage.end()


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = open_stage(tmp_path_factory.mktemp("gate"), *SHORT, scale=SHORT_SCALE)
    yield stage
    stage.end()


@pytest.mark.parametrize("row", params(QUICK))
def test_hostile_bytes_come_to_what_the_row_says(row: Row, stage: Stage) -> None:
    agrees(row, complaints(row, stage.play(row)))


@pytest.mark.parametrize("row", params(SLOW))
def test_slow_bytes_come_to_what_the_row_says(row: Row, impatient: Stage) -> None:
    agrees(row, complaints(row, impatient.play(row)))


def agrees(row: Row, wrong: list[str]) -> None:
    """Demand that a row that diverges differs: the list of divergences stays short and true."""
    if row["id"] in DIVERGING:
        assert wrong
    else:
        assert wrong == []
