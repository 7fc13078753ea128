"""Where log lines and audit events end up: standard output and error, or files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from sidegate.config.settings import LoggingSettings
from sidegate.core.errors import ConfigurationError
from sidegate.core.ports import Clock
from sidegate.net.line_sink import Descriptor, LineSink, Output
from sidegate.observe.chain import Chain

if TYPE_CHECKING:  # in a pod logs go to standard output
    from sidegate.net.log_file import LogFile

_AUDIT_BYTES = 2 << 20  # of lines that wait while a disk is full
_MEGABYTE = 1 << 20

Tell = Callable[[int], str]
"""Makes the line that says how many were lost."""


class LogOutputs:
    """The sinks of the logs. `audit` is None where no option asks for that file."""

    def __init__(
        self, settings: LoggingSettings, clock: Clock, tell: Tell, tell_of_audit: Tell
    ) -> None:
        self._files: list[LogFile] = []
        out: Output = Descriptor(1)
        self.audit: LineSink | None = None
        if settings.logging_filename:
            out = log_file(settings, clock)
            self._files.append(out)
        self.out, self.err = LineSink(out, tell=tell), LineSink(Descriptor(2), tell=tell)
        audit = audit_file(settings, clock)
        if audit is not None:
            self._files.append(audit)
            self.audit = LineSink(audit, max_bytes=_AUDIT_BYTES, tell=tell_of_audit, holds=True)

    def open(self) -> None:
        """Open the files. Raises ConfigurationError."""
        mistakes = []
        for file in self._files:
            try:
                file.open()
            except OSError as error:
                what = f"{file.path}: no log can be written there: {error.strerror}"
                mistakes.append(f"{what}\n  Let the gate write there, or choose another place.")
        if mistakes:
            raise ConfigurationError(mistakes)

    def dropped(self) -> dict[str, int]:
        """Return how many lines were lost, by where they should have gone."""
        audit = 0 if self.audit is None else self.audit.dropped
        return {"out": self.out.dropped, "err": self.err.dropped, "audit": audit}

    def close(self) -> None:
        """Write what is still to be written."""
        for sink in (self.out, self.err, self.audit):
            if sink is not None:
                sink.close()
        for file in self._files:
            file.close()


def log_file(settings: LoggingSettings, clock: Clock) -> LogFile:
    """Return the file of the three logs."""
    from sidegate.net.log_file import LogFile, Rotation

    rotation = Rotation(
        max_bytes=settings.logging_max_size * _MEGABYTE,
        max_age=settings.logging_max_age,
        max_backups=settings.logging_max_backups,
        compress=settings.logging_compress,
        local=settings.logging_local_time,
    )
    return LogFile(settings.logging_filename, rotation, clock)


def audit_file(settings: LoggingSettings, clock: Clock, *, rotates: bool = True) -> LogFile | None:
    """Return the file of the audit, None where no option asks for it."""
    if not settings.audit_log_file:
        return None
    from sidegate.net.log_file import LogFile, Rotation

    rotation = Rotation(
        max_bytes=settings.audit_log_max_size * _MEGABYTE if rotates else sys.maxsize,
        max_age=settings.audit_log_max_age,
        compress=settings.audit_log_compress,
        local=False,
        daily=rotates,
    )
    chain = Chain() if settings.audit_hash_chain else None
    return LogFile(settings.audit_log_file, rotation, clock, chain)
