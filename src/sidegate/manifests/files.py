"""Where manifests come from: files, folders and standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

from sidegate.manifests.objects import Source
from sidegate.manifests.read import LARGEST, Unreadable

STANDARD_INPUT = "standard input"
MOST_BYTES = 4 * LARGEST  # of one source, in UTF-8


def sources(paths: list[str]) -> list[Source]:
    """Read every file that is named, or lies in a folder that is; line ends stay as they are.

    Raises OSError, UnicodeDecodeError, and Unreadable for what has no end.
    """
    found: list[Source] = []
    for path in paths:
        if path == "-":
            found.append(Source(STANDARD_INPUT, whole(sys.stdin.buffer)))
            continue
        for file in files(Path(path)):
            with file.open("rb") as opened:
                found.append(Source(str(file), whole(opened)))
    return found


def whole(opened: BinaryIO) -> str:
    """Return what is in a file, unless that is more than anybody writes."""
    data = opened.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Unreadable("too large", 1, f"At most {LARGEST >> 20} MiB are read at once.")
    return data.decode()


def files(path: Path) -> list[Path]:
    """Return a file, or the manifests in a folder: no pipe or device that lies there."""
    if not path.is_dir():
        return [path]
    found = (file for file in path.rglob("*") if file.suffix in (".yaml", ".yml", ".json"))
    return sorted(file for file in found if file.is_file())
