"""Functions and files stay small enough to read in one go."""

import ast

import pytest

from tests.architecture.source import named, python_files, tree

LONGEST_FUNCTION = 60
LONGEST_FILE = 500


@pytest.mark.parametrize("path", python_files(), ids=named)
def test_a_file_fits_in_the_head(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", python_files(), ids=named)
def test_a_function_fits_on_a_page(path):
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = {
        node.name: length
        for node in ast.walk(tree(path))
        if isinstance(node, functions) and (length := _lines(node)) > LONGEST_FUNCTION
    }
    assert long == {}


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
