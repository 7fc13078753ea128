"""The users of `htpasswd_file`: who there is, and whether a password is theirs.

Rule 1: a changed file is taken over by whoever asks next, at most once a second and as a whole. One
        that cannot be read or is malformed changes nothing: the users of before stay. The loop
        waits for that: a look a second, and a few milliseconds when a file of thousands changed.
Rule 2: a session says by which line it came to be (`Session.provider`). When that line is gone or
        another, or the groups of all users are others, the session is over.
"""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sidegate.config.findings import Malformed
from sidegate.config.password_file import Entry, PasswordFile, parse_password_file
from sidegate.core.errors import ConfigurationError, SignInBusy
from sidegate.core.identity import BY_FILE, Identity, Session
from sidegate.core.ports import Clock
from sidegate.gate.passwords import Passwords
from sidegate.net.workers import Workers

PERIOD: Final = 1.0
_MARK_BYTES: Final = 12
Stamp = tuple[int, int, int, int]
Report = Callable[[str, str], None]
"""Hears an event and, where somebody should look at it, what is wrong; for the log."""


class Accounts:
    """Knows the users of the file at `path`; `groups` are those of all of them.

    Raises ConfigurationError when there is no such file, or it is malformed.
    """

    def __init__(
        self,
        path: str,
        groups: tuple[str, ...],
        *,
        clock: Clock,
        workers: Workers,
        report: Report,
    ) -> None:
        self._path = Path(path)
        self._groups = groups
        self._clock = clock
        self._workers = workers
        self._report = report
        self._looked_at = clock()
        self._stamp = self._look()
        try:
            self._take_over(self._read())
        except (OSError, Malformed) as reason:
            raise ConfigurationError([f"{path}: {_why(reason)}"]) from None

    def lists(self, session: Session) -> bool:
        """Say whether the file vouches for this session as it did when it began."""
        self._keep_up()
        return self._marks.get(session.identity.user) == session.provider

    def knows(self, user: str) -> bool:
        """Say whether there is such a user, for the log only."""
        return user in self._marks

    async def vouch(self, user: str, password: str) -> tuple[str, Identity] | None:
        """Return what a session of this user says, or None when it is not their password.

        That is `Session.provider` and who it is. Raises SignInBusy when too many ask.
        """
        self._keep_up()
        if self._workers.is_full:
            raise SignInBusy("too many passwords are waiting to be compared", 1)
        # Of one state of the file, whatever becomes of it meanwhile.
        passwords, mark = self._passwords, self._marks.get(user)
        fits = await self._workers.run(lambda: passwords.fits(user, password))
        return (mark, Identity(user, groups=self._groups)) if fits and mark else None

    def _keep_up(self) -> None:
        now = self._clock()
        if 0 <= now - self._looked_at < PERIOD:
            return
        self._looked_at = now
        stamp = self._look()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            file = self._read()
        except (OSError, Malformed) as reason:
            self._report(
                "the password file was not taken over, its users of before stay", _why(reason)
            )
            return
        self._take_over(file)
        self._report("the password file was taken over", "; ".join(file.warnings))

    def _look(self) -> Stamp | None:
        """Return what tells one state of the file from another, also behind a link that moved."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

    def _read(self) -> PasswordFile:
        return parse_password_file(self._path.read_bytes())

    def _take_over(self, file: PasswordFile) -> None:
        self._passwords = Passwords(file.entries)
        self._marks = {user: self._mark(entry) for user, entry in file.entries.items()}

    def _mark(self, entry: Entry) -> str:
        content = "\0".join((entry.text, *self._groups)).encode()
        digest = hashlib.sha256(content).digest()[:_MARK_BYTES]
        return BY_FILE + base64.urlsafe_b64encode(digest).decode("ascii")


def _why(reason: OSError | Malformed) -> str:
    return reason.what if isinstance(reason, Malformed) else reason.strerror or "unreadable"
