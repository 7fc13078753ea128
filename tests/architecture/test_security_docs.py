"""The pages on security keep their word: what they say is shown was written, and can be run."""

import ast
import re

import pytest

from tests.architecture.source import ROOT, named, tracked, tree

PAGES = [path for path in tracked() if path.is_relative_to(ROOT / "docs" / "security")]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ISSUE = re.compile(r"\bissue [5-9]\b")
MODEL = ROOT / "docs" / "security" / "threat-model.md"


def names_in(file: str) -> set[str]:
    """Return the names of the tests in a file, none where there is no such file."""
    path = ROOT / file
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    body = tree(path).body if path.exists() else []
    return {node.name for node in body if isinstance(node, kinds) and "test_" in node.name}


def rows(title: str) -> list[str]:
    """Return the last cells of the tables of the threat model whose last column is `title`."""
    cells, inside = [], False
    for line in MODEL.read_text(encoding="utf-8").splitlines():
        last = line.rstrip("| ").rpartition("| ")[2]
        inside = line.startswith("|") and (inside or last == title)
        if inside and last != title and not set(line) <= set("|-"):
            cells.append(last)
    return cells


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_test_that_is_named_exists(page):
    mentioned = TEST.findall(page.read_text(encoding="utf-8"))
    assert [f"{file}::{test}" for file, test in mentioned if test not in names_in(file)] == []


def test_every_sentence_is_shown_by_a_test_or_has_the_issue_that_will():
    assert len(rows("Shown by")) > 70
    assert [
        cell for cell in rows("Shown by") if not TEST.search(cell) and not ISSUE.search(cell)
    ] == []
