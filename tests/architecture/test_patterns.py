"""A regular expression of Python is one of ours: it stands in the source, and no input makes it.

What users write runs on RE2, whose time is linear whatever the pattern (`gate/routes.py`). Ours run
on `re`, are made when their module is imported, and are to be linear in what they are given.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import SOURCE, named, python_files, tree

WITH_VALUES = {
    "config/branding/template_check.py": "the number of a mark, in digits",
    "observe/persons.py": "names, each escaped",
}
"""Where a function makes a pattern of values, and why that is safe."""

BODIES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
HARMLESS = {"escape", "purge"}


def late_patterns(path: Path) -> Iterator[str]:
    """Yield each pattern that a function makes of more than a literal."""
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, BODIES)]
    for node in (inner for function in functions for inner in ast.walk(function)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("re"), attr=name), args=[first, *_]):
                if name not in HARMLESS and not isinstance(first, ast.Constant):
                    yield f"re.{name} in line {node.lineno}"


def other_names(path: Path) -> Iterator[str]:
    """Yield each way to `re` that `late_patterns` would not see."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.ImportFrom(module="re") | ast.Import(names=[ast.alias("re", str()), *_]):
                yield f"import in line {node.lineno}"
            case ast.Assign(value=ast.Attribute(value=ast.Name("re"), attr=name)) if name.islower():
                yield f"re.{name} in line {node.lineno}"


def test_no_input_becomes_a_pattern():
    files = python_files("src/sidegate")
    assert {named(path): found for path in files if (found := [*other_names(path)])} == {}
    late = {str(path.relative_to(SOURCE)): [*late_patterns(path)] for path in files}
    assert {name for name, found in late.items() if found} == WITH_VALUES.keys(), late


@pytest.mark.parametrize(
    "source",
    [
        "def f(text): return re.compile(text)",
        "def f(text): return re.sub(f'{text}!', '', text)",
        "async def f(text): return re.search(text, '')",
        "f = lambda text: re.match(text, '')",
        "from re import compile",
        "import re as patterns",
        "make = re.compile",
    ],
)
def test_the_check_finds_what_it_looks_for(source, tmp_path):
    file = tmp_path / "late.py"
    file.write_text(source)
    assert [*late_patterns(file), *other_names(file)] != []
