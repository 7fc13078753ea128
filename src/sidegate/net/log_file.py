"""A log file that is rotated: by its size, by the day, or by others (logrotate).

Rule 1: several processes may write one file. Whoever writes or rotates holds its lock, and looks
        whether the path still leads to what is open.
Rule 2: all lines of one call are in the file, or none: what a full disk tore off is taken back.
Rule 3: old files are recognized by their names, `NAME-2026-11-23T19-00-00.000.EXT` and the same
        with `.gz` (as lumberjack names them), and nothing else is ever removed.
"""

import fcntl
import gzip
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sidegate.core.ports import Clock
from sidegate.observe.chain import Chain

_DAY = 86400
_TAIL = 256 * 1024  # bytes; more than the longest line there can be
_MODE = 0o600
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}")


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a new file begins, and how long old ones are kept.

    `max_bytes` of a file; `max_age`: days, and `max_backups`: files, 0 for no bound. `compress`:
    old files become `.gz`. `local`: their names have local time. `daily`: a new file each day.
    """

    max_bytes: int
    max_age: int = 0
    max_backups: int = 0
    compress: bool = False
    local: bool = True
    daily: bool = False


class LogFile:
    """Appends lines to `path`. Is a `line_sink.Output`. `chain`: each line holds the one before."""

    def __init__(
        self, path: str, rotation: Rotation, clock: Clock, chain: Chain | None = None
    ) -> None:
        self.path = path
        self._path = Path(path)
        self._rotation = rotation
        self._clock = clock
        self._chain = chain
        self._chained_to = (0, -1)  # the inode and the size that the chain was seen at
        self._fd = -1
        self._day = 0
        self._mill: threading.Thread | None = None

    def __repr__(self) -> str:
        return f"<LogFile {self._path}>"

    def open(self) -> None:
        """Open the file, and tidy up what is too old. Raises OSError."""
        with self._locked():
            self._tidy()

    def tidy(self) -> None:
        """Put away the file of another day, and remove what is too old. Raises OSError."""
        if self._path.is_file():
            with self._locked():
                if self._is_due(0):
                    self._rotate()
        self._tidy()

    def close(self) -> None:
        """Close the file when old ones are compressed."""
        if self._mill is not None:
            self._mill.join()
        self._forget()

    def files(self) -> list[Path]:
        """Return all files that are there, the oldest first. Raises OSError."""
        old = self._old() if self._path.parent.is_dir() else []
        return [*old, self._path] if self._path.is_file() else old

    def send(self, lines: bytes) -> int:
        """Append whole lines, or none of them; return how many were lost."""
        try:
            while not self._append_or_rotate(lines):
                with suppress(OSError):  # another process may tidy up as well
                    self._tidy()
        except OSError:
            self._forget()
            return lines.count(b"\n")
        return 0

    def _append_or_rotate(self, lines: bytes) -> bool:
        """Append, or make room for a new file; say whether it was appended."""
        with self._locked():
            if self._is_due(len(lines)):
                self._rotate()
                return False
            self._append(lines)
            return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock of the file that the path leads to."""
        while True:
            if self._fd < 0:
                self._make()
            with suppress(OSError):  # few file systems know no locks
                fcntl.flock(self._fd, fcntl.LOCK_EX)
            if self._is_there():
                break
            self._forget()
        try:
            yield
        finally:
            with suppress(OSError):
                fcntl.flock(self._fd, fcntl.LOCK_UN)

    def _make(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            self._fd = os.open(self._path, flags | os.O_EXCL, _MODE)
        except FileExistsError:
            self._fd = os.open(self._path, flags, _MODE)
        else:
            self._give_to_owner_of_folder()
        self._day = _day_of(os.fstat(self._fd).st_mtime)

    def _give_to_owner_of_folder(self) -> None:
        """Let the gate write a new file that root made for it, from the command line."""
        if os.geteuid() == 0:
            folder = self._path.parent.stat()
            os.fchown(self._fd, folder.st_uid, folder.st_gid)

    def _is_there(self) -> bool:
        """Say whether the path leads to what is open."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return False
        opened = os.fstat(self._fd)
        return (found.st_dev, found.st_ino) == (opened.st_dev, opened.st_ino)

    def _forget(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _is_due(self, more: int) -> bool:
        size = os.fstat(self._fd).st_size
        if not size:
            return False
        is_over = self._rotation.daily and self._day != _day_of(self._clock())
        return is_over or size + more > self._rotation.max_bytes

    def _rotate(self) -> None:
        """Give the file the name of an old one; whoever writes next makes a new one."""
        if self._chain is not None:
            self._follow(self._chain)
        now = self._clock()
        while (old := self._path.with_name(self._name_of(now))).exists():
            now += 0.001
        self._path.rename(old)
        self._chained_to = (0, 0)  # the next file continues the chain of this one

    def _append(self, lines: bytes) -> None:
        found = os.fstat(self._fd)
        data, chain = lines, self._chain
        if chain is not None:
            data, chain = self._follow(chain).link(lines)
        if found.st_size and os.pread(self._fd, 1, found.st_size - 1) != b"\n":
            data = b"\n" + data
        try:
            left = data
            while left:
                left = left[os.write(self._fd, left) :]
        except OSError:
            os.ftruncate(self._fd, found.st_size)
            raise
        self._day = _day_of(self._clock())
        self._chain, self._chained_to = chain, (found.st_ino, found.st_size + len(data))

    def _follow(self, chain: Chain) -> Chain:
        """Return the end of the chain, also where another process has written meanwhile."""
        found = os.fstat(self._fd)
        if self._chained_to == (found.st_ino, found.st_size):
            return chain
        if found.st_size:
            tail = os.pread(self._fd, _TAIL, max(0, found.st_size - _TAIL))
            chain = max(chain, chain.after(tail))
        elif self._chained_to != (0, 0) and (old := self._old()):
            chain = max(chain, chain.after(_tail_of(old[-1])))
        self._chain, self._chained_to = chain, (found.st_ino, found.st_size)
        return chain

    def _name_of(self, now: float) -> str:
        moment = datetime.fromtimestamp(now, None if self._rotation.local else UTC)
        stamp = moment.strftime("%Y-%m-%dT%H-%M-%S.") + f"{moment.microsecond // 1000:03d}"
        return f"{self._path.stem}-{stamp}{self._path.suffix}"

    def _old(self) -> list[Path]:
        """Return the old files, the oldest first."""
        begin, end = f"{self._path.stem}-", self._path.suffix
        found = []
        for one in self._path.parent.iterdir():
            name = one.name.removesuffix(".gz")
            if name.startswith(begin) and name.endswith(end):
                stamp = name[len(begin) : len(name) - len(end)]
                if _STAMP.fullmatch(stamp):
                    found.append((stamp, one))
        return [one for _, one in sorted(found)]

    def _tidy(self) -> None:
        """Remove old files that are too many or too old; compress the others beside the writing."""
        old = self._old()
        rotation = self._rotation
        if rotation.max_backups:
            for one in old[: -rotation.max_backups]:
                one.unlink(missing_ok=True)
            old = old[-rotation.max_backups :]
        if rotation.max_age:
            ends = self._clock() - rotation.max_age * _DAY
            for one in [one for one in old if one.stat().st_mtime < ends]:
                one.unlink(missing_ok=True)
                old.remove(one)
        if rotation.compress and not (self._mill and self._mill.is_alive()):
            plain = [one for one in old if one.suffix != ".gz"]
            if plain:
                self._mill = threading.Thread(target=_compress, args=(plain,), name="log-gzip")
                self._mill.start()


def _day_of(seconds: float) -> int:
    return int(seconds // _DAY)


def _compress(files: list[Path]) -> None:
    """Replace each file by its compressed form, which keeps the times; what fails stays."""
    for one in files:
        beside = Path(f"{one}.part")
        with suppress(OSError), os.fdopen(_open_part(beside), "ab") as part:
            os.fchmod(part.fileno(), _MODE)  # of one that was left behind, too
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)  # another process may be at it
            part.truncate(0)
            with one.open("rb") as plain, gzip.GzipFile("", "wb", fileobj=part) as packed:
                shutil.copyfileobj(plain, packed)
            shutil.copystat(one, beside)
            beside.rename(f"{one}.gz")
            one.unlink()


def _open_part(file: Path) -> int:
    """Open a file that is its owner's alone from the first moment, whatever the umask."""
    return os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE)


def _tail_of(file: Path) -> bytes:
    """Return the last lines of an old file."""
    if file.suffix != ".gz":
        with file.open("rb") as plain:
            plain.seek(max(0, file.stat().st_size - _TAIL))
            return plain.read()
    tail = b""
    with gzip.open(file) as packed:
        while block := packed.read(_TAIL):
            tail = (tail + block)[-_TAIL:]
    return tail
