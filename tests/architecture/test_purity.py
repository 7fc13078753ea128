"""The pure packages touch no network, no clock, no randomness and no file.

Time and randomness are handed in as arguments, files are read by whoever wires the program. So
their tests are scripts of bytes, and a decision is the same wherever it is made.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import PURE, SOURCE, named, python_files, tree

FORBIDDEN_MODULES = {
    "asyncio",
    "http.client",
    "http.server",
    "os",
    "random",
    "secrets",
    "select",
    "signal",
    "socket",
    "ssl",
    "subprocess",
    "threading",
    "time",
    "urllib.request",
    "uuid",
    "uvloop",
}
FORBIDDEN_CALLS = {"open", "input", "print", "exec", "eval"}
FORBIDDEN_METHODS = {"now", "utcnow", "today", "read_text", "read_bytes", "write_text"}

PURE_FILES = python_files(*(f"src/sidegate/{package}" for package in PURE))


def impurities(path: Path) -> Iterator[str]:
    """Yield each import or call that reaches out of the program."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if _reaches_out(name.name))
            case ast.ImportFrom(module=str(module)) if _reaches_out(module):
                yield module
            case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
                yield f"{name}() in line {node.lineno}"
            case ast.Call(func=ast.Attribute(attr=name)) if name in FORBIDDEN_METHODS:
                yield f".{name}() in line {node.lineno}"


def _reaches_out(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in FORBIDDEN_MODULES)


def test_a_pure_module_reaches_out_for_nothing():
    assert {named(path): found for path in PURE_FILES if (found := [*impurities(path)])} == {}


def test_every_pure_package_is_looked_at():
    assert {path.relative_to(SOURCE).parts[0] for path in PURE_FILES} == set(PURE)


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "from os import environ",
        "import asyncio.streams",
        "open('x')",
        "Path().read_text()",
    ],
)
def test_the_check_finds_what_it_looks_for(source, tmp_path):
    file = tmp_path / "impure.py"
    file.write_text(source)
    assert list(impurities(file)) != []
