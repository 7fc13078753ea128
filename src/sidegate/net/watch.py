"""Files that change while the gate runs: noticed, read beside the loop, taken over as a whole.

Rule 1: one look a second at all files, in a thread: a file system that hangs stops no request.
Rule 2: what changed is taken over when two looks in a row saw the same, so that a file which is
        still being written is left alone. `look(at_once=True)` does not wait (SIGHUP).
Rule 3: a file that is missing, unreadable or wrong changes nothing: what was before stays, and it
        is reported once.
Rule 4: all that can fail happens in the thread; the loop only swaps. New or old, never half.

A file is its stamp: device, inode, size and times of what a path leads to now. So a link that moves
(Kubernetes swaps `..data`), a rename and a change of who may read it are seen alike.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sidegate.config.findings import Malformed
from sidegate.core.errors import ConfigurationError

PERIOD: Final = 1.0
Stamp = tuple[tuple[int, ...] | None, ...]

Take = Callable[[], str | None]
"""Swaps in what was read, in the loop; never fails. Returns a detail for the log, None for no
news."""

Report = Callable[[str, bool, str], None]
"""Hears the name of what was watched, whether it was taken over, and a detail."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Files that are read together. `name`: the option that names them.

    `read` runs in a thread, checks everything, and returns what takes it over. Raises OSError,
    Malformed or ConfigurationError.
    """

    name: str
    paths: tuple[str, ...]
    read: Callable[[], Take]


@dataclass(slots=True)
class _State:
    """What is known of files: the stamp in force, the one of the last look, what was told."""

    taken: Stamp | None = None  # None: never looked at; what the start read may be old by now
    seen: Stamp | None = None
    told: tuple[Stamp, str] | None = None
    wrong: Stamp | None = None  # what was read and is no use; reading it again is none either


@dataclass(frozen=True, slots=True)
class _Found:
    """What a look brought: a state of the files, and how to take it over or why not."""

    watched: Watched
    stamp: Stamp
    take: Take | None
    fault: str = ""
    is_wrong: bool = False  # by what it holds, not because it could not be read


class Watcher:
    """Looks after files. `report` hears what became of each change."""

    def __init__(self, watched: Iterable[Watched], report: Report) -> None:
        self._states = {one.name: (one, _State()) for one in watched}
        self._report = report
        self._turn = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._states)

    async def run(self) -> None:
        """Look once a second, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(PERIOD)

    async def look(self, *, at_once: bool = False) -> None:
        """Look once at every file; `at_once`: read each again, whether it changed or not."""
        async with self._turn:
            for found in await asyncio.to_thread(self._survey, at_once):
                self._conclude(found)

    def _survey(self, at_once: bool) -> list[_Found]:  # noqa: FBT001 - to_thread takes positions
        looked = (_look(watched, state, at_once) for watched, state in self._states.values())
        return [found for found in looked if found is not None]

    def _conclude(self, found: _Found) -> None:
        name = found.watched.name
        state = self._states[name][1]
        if found.take is not None:
            detail = found.take()
            state.taken, state.told, state.wrong = found.stamp, None, None
            if detail is not None:
                self._report(name, True, detail)
            return
        state.wrong = found.stamp if found.is_wrong else None
        if state.told != (found.stamp, found.fault):
            state.told = (found.stamp, found.fault)
            self._report(name, False, found.fault)


def _look(watched: Watched, state: _State, at_once: bool) -> _Found | None:  # noqa: FBT001 - ours
    """Read files whose stamp is another one and rests, or return None. Runs in a thread."""
    stamp = _stamp(watched.paths)
    rests = stamp == state.seen
    state.seen = stamp
    if not at_once and (not rests or stamp in (state.taken, state.wrong)):
        return None
    found = _read(watched, stamp)
    return found if _stamp(watched.paths) == stamp else None


def _read(watched: Watched, stamp: Stamp) -> _Found:
    try:
        return _Found(watched, stamp, watched.read())
    except Malformed as error:
        return _Found(watched, stamp, None, error.what, is_wrong=True)
    except ConfigurationError as error:
        why = error.mistakes[0].partition("\n")[0]
        return _Found(watched, stamp, None, why, is_wrong=True)
    except OSError as error:
        return _Found(watched, stamp, None, error.strerror or "unreadable")
    except UnicodeDecodeError:
        return _Found(watched, stamp, None, "not UTF-8 text", is_wrong=True)
    except Exception as error:  # noqa: BLE001 - a mistake of ours must not end the watching
        return _Found(
            watched, stamp, None, f"internal error: {type(error).__name__}", is_wrong=True
        )


def _stamp(paths: Sequence[str]) -> Stamp:
    return tuple(_stamp_of(path) for path in paths)


def _stamp_of(path: str) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path for each file and second would be waste
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
