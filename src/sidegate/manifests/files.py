"""Where manifests come from: files, folders and standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from sidegate.manifests.objects import Source

STANDARD_INPUT = "standard input"


def sources(paths: list[str]) -> list[Source]:
    """Read every file that is named, or lies in a folder that is; line ends stay as they are.

    Raises OSError and UnicodeDecodeError.
    """
    found: list[Source] = []
    for path in paths:
        if path == "-":
            found.append(Source(STANDARD_INPUT, sys.stdin.buffer.read().decode()))
        else:
            found += [Source(str(file), file.read_bytes().decode()) for file in files(Path(path))]
    return found


def files(path: Path) -> list[Path]:
    """Return a file, or the manifests in a folder."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in (".yaml", ".yml", ".json"))
