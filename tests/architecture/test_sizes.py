"""Functions and files stay small enough to read in one go."""

import ast

from tests.architecture.source import named, python_files, tree

LONGEST_FUNCTION = 60
LONGEST_FILE = 500


def test_a_file_fits_in_the_head():
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in python_files()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_a_function_fits_on_a_page():
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = {
        (named(path), node.name): length
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, functions) and (length := _lines(node)) > LONGEST_FUNCTION
    }
    assert long == {}


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
