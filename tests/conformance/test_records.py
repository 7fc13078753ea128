"""The lists of exceptions are short and name rows that exist."""

import json
from pathlib import Path

import pytest

from tests.conformance.records import HERE, diverging, not_built

MOST = 0.02  # of the rows of a file
# Files with more of them so far, and how many. Of the endpoints two are the scope for Google, which
# the security model settles, and one an address that no provider takes; six of the configurations
# are refused by law 10. Apart from such, these numbers may only fall.
MORE = {"redirects": 22, "urls": 14, "endpoints": 10, "config_load": 7}
FILES = sorted(HERE.glob("*.json"))
# Rows of another file, played by a test of their own.
PARTS = {"redirect_uri", "basic"}


def ids_of(path: Path) -> set[str]:
    """Return the ids of all rows of a file, however it groups them."""
    found: set[str] = set()

    def look(value: object) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("id"), str):
                found.add(value["id"])
            for item in value.values():
                look(item)
        elif isinstance(value, list):
            for item in value:
                look(item)

    look(json.loads(path.read_text()))
    return found


def test_every_row_that_is_named_exists() -> None:
    known = set().union(*map(ids_of, FILES))
    assert {*diverging(), *not_built()} - known == set()


def test_no_row_is_excused_twice() -> None:
    assert diverging().keys() & not_built().keys() == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_few_rows_of_a_file_are_answered_differently(path: Path) -> None:
    rows = ids_of(path)
    found = len(rows & diverging().keys())
    if path.stem in MORE:
        assert found == MORE[path.stem]
    elif path.stem not in PARTS:
        assert found <= MOST * len(rows)
