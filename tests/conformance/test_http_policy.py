"""Every line of the HTTP policy names what shows it, and that exists."""

import json
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
UNIT = ROOT / "tests" / "unit"
NAMED = re.compile(r"`([^`]+)`")
POLICY = (ROOT / "docs" / "security" / "http.md").read_text(encoding="utf-8")
LINES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in POLICY.splitlines()
    if line.startswith("| ") and not line.startswith("| What")
]
ROWS = [
    row
    for name in ("smuggling.json", "smuggling_own.json")
    for row in json.loads((HERE / name).read_text(encoding="utf-8"))
]


def exists(name: str) -> bool:
    """Say whether a file of tests, a test, a class of rows or a row of this name exists."""
    if name.endswith(".py"):
        return (UNIT / name).exists()
    if name.startswith("test_"):
        return any(f"def {name}(" in path.read_text() for path in UNIT.rglob("test_*.py"))
    return any(row["class"] == name or row["id"].startswith(name) for row in ROWS)


@pytest.mark.parametrize("line", [pytest.param(line, id=line[0][:60]) for line in LINES])
def test_a_line_of_the_policy_is_shown_by_something_that_exists(line: list[str]) -> None:
    arrives, does, shown = line
    assert arrives
    assert does
    names = NAMED.findall(shown)
    assert names
    assert [name for name in names if not exists(name)] == []
