"""The source tree as the architecture tests see it: files, trees of syntax, names of packages."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "sidegate"

PURE = ("core", "gate", "http1", "oidc", "pages", "providers", "session")


@cache
def tracked() -> tuple[Path, ...]:
    """Return every file of the repository: what git keeps, and what is new and not ignored."""
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(git, capture_output=True, check=True, text=True).stdout
    return tuple(path for name in names.split("\0") if name and (path := ROOT / name).is_file())


def python_files(*folders: str) -> list[Path]:
    """Return the Python files below the given folders of the repository, or all of them."""
    within = tuple(ROOT / folder for folder in folders) or (ROOT,)
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and any(path.is_relative_to(folder) for folder in within)
    ]


def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def named(path: Path) -> str:
    """Return the path as a reader of a failure wants it: from the top of the repository."""
    return str(path.relative_to(ROOT))
