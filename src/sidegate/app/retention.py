"""Removes old log and audit files each day, also where nothing is written that day.

Whoever writes a file tidies up when it is rotated, and at the start. A gate that runs for months
with few events would keep for ever what its options say is to go.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from sidegate.app.log_outputs import audit_file, log_file
from sidegate.config.settings import LoggingSettings
from sidegate.core.ports import Clock
from sidegate.net.log_file import LogFile

PERIOD: Final = 1.0
"""Seconds between two looks at the clock."""
_DAY: Final = 86400


def kept_files(settings: LoggingSettings, clock: Clock) -> list[LogFile]:
    """Return the files that have a retention, other objects than those through which is written.

    Each has the file's lock for itself, as another process would.
    """
    log = log_file(settings, clock) if settings.logging_filename else None
    return [file for file in (log, audit_file(settings, clock)) if file is not None]


class Retention:
    """Looks after files. `report` hears what could not be done; it is tried the next day."""

    def __init__(
        self, files: Sequence[LogFile], clock: Clock, report: Callable[[OSError], object]
    ) -> None:
        self._files = files
        self._clock = clock
        self._report = report
        self._day = self._today()  # the start tidied up already

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await asyncio.sleep(PERIOD)

    async def look(self) -> None:
        """Tidy up when another day has begun (UTC)."""
        today = self._today()
        if today == self._day:
            return
        self._day = today
        for file in self._files:
            try:
                await asyncio.to_thread(_tidy, file)
            except OSError as error:
                self._report(error)

    def _today(self) -> int:
        return int(self._clock() // _DAY)


def _tidy(file: LogFile) -> None:
    try:
        file.tidy()
    finally:
        file.close()
