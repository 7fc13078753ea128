"""Finds the lines of audit files that are about a person, and takes the person out of them.

Rule 1: a line that others depend on stays as it is: a link of a hash chain, and the line before
        one, for the link holds its hash.
Rule 2: a file that the gate writes may be rewritten while it does: both hold the lock of the file,
        and the gate looks which file is there after it got the lock (`net.log_file`).
"""

import fcntl
import gzip
import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from sidegate.observe.persons import about, is_linked, without_person


class Rewritten(NamedTuple):
    """How many lines of a file were changed, and how many stay because a chain needs them."""

    changed: int
    kept: int


def lines_about(files: Sequence[Path], names: Collection[str]) -> Iterator[dict[str, object]]:
    """Yield the lines about the person with one of these names, each with its place."""
    for file in files:
        with _open(file)(file, "rb") as opened:
            for number, line in enumerate(opened, 1):
                found = about(line, names)
                if found is not None:
                    yield {"file": str(file), "line": number, "event": found}


def erase(
    files: Sequence[Path], names: Collection[str], pseudonym: str
) -> Iterator[tuple[Path, Rewritten]]:
    """Put a pseudonym in place of the person in each file; the files are in their order in time.

    May raise OSError or EOFError, for a file that is not there or no whole gzip.
    """
    for file, following in pairwise((*files, None)):
        if file is not None:
            with _locked(file):
                yield file, _rewrite(file, following, names, pseudonym)


def _rewrite(
    file: Path, following: Path | None, names: Collection[str], pseudonym: str
) -> Rewritten:
    lines, changed, kept = [], 0, 0
    with _open(file)(file, "rb") as opened:
        for line, after in pairwise(chain(opened, [_first_line(following)])):
            found = about(line, names)
            if found is None:
                lines.append(line)
            elif is_linked(found) or _is_link(after):
                kept += 1
                lines.append(line)
            else:
                changed += 1
                lines.append(without_person(found, names, pseudonym) + b"\n")
    if changed:
        _replace(file, lines)
    return Rewritten(changed, kept)


def _is_link(line: bytes) -> bool:
    """Say whether a line holds the hash of the one before it."""
    return b'"prev":"' in line


def _first_line(file: Path | None) -> bytes:
    if file is None or not file.is_file():
        return b""
    with _open(file)(file, "rb") as opened:
        return bytes(opened.readline())


def _replace(file: Path, lines: list[bytes]) -> None:
    """Write the file anew, whole, with the same rights.

    Beside it stands a new file that only its owner reads: whoever may write into the folder lays no
    link there, by which root would write elsewhere.
    """
    status = file.stat()
    descriptor, beside = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as plain:
            with gzip.open(plain, "wb") if file.suffix == ".gz" else nullcontext(plain) as written:
                written.writelines(lines)
            os.fchmod(descriptor, status.st_mode & 0o777)
            if os.geteuid() == 0:
                os.fchown(descriptor, status.st_uid, status.st_gid)
        os.utime(beside, ns=(status.st_atime_ns, status.st_mtime_ns))
        Path(beside).replace(file)
    except BaseException:
        Path(beside).unlink()
        raise


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold the lock of the file that the path leads to."""
    while True:
        with file.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(opened.fileno()), file.stat()):
                yield
                return


def _open(file: Path) -> Callable[..., Any]:
    return gzip.open if file.suffix == ".gz" else open
