"""The users of `htpasswd_file`: who there is, and whether a password is theirs.

Rule 1: a changed file is taken over as a whole (`net.watch`). One that cannot be read or is
        malformed changes nothing: the users of before stay.
Rule 2: a session says by which line it came to be (`Session.provider`). When that line is gone or
        another, or the groups of all users are others, the session is over.
"""

import base64
import hashlib
from pathlib import Path
from typing import Final

from sidegate.config.findings import Malformed
from sidegate.config.password_file import Entry, PasswordFile, parse_password_file
from sidegate.core.errors import ConfigurationError, SignInBusy
from sidegate.core.identity import BY_FILE, Identity, Session
from sidegate.gate.passwords import Passwords
from sidegate.net.watch import Take, Watched
from sidegate.net.workers import Workers

_MARK_BYTES: Final = 12


class Accounts:
    """Knows the users of the file at `path`; `groups` are those of all of them.

    Raises ConfigurationError when there is no such file, or it is malformed.
    """

    def __init__(
        self,
        path: str,
        groups: tuple[str, ...],
        *,
        workers: Workers,
    ) -> None:
        self._path = Path(path)
        self._groups = groups
        self._workers = workers
        try:
            file = self._read()
        except (OSError, Malformed) as reason:
            raise ConfigurationError([f"{path}: {_why(reason)}"]) from None
        self._passwords = Passwords(file.entries)
        self._marks = self._marks_of(file)

    def lists(self, session: Session) -> bool:
        """Say whether the file vouches for this session as it did when it began."""
        return self._marks.get(session.identity.user) == session.provider

    def knows(self, user: str) -> bool:
        """Say whether there is such a user, for the log only."""
        return user in self._marks

    async def vouch(self, user: str, password: str) -> tuple[str, Identity] | None:
        """Return what a session of this user says, or None when it is not their password.

        That is `Session.provider` and who it is. Raises SignInBusy when too many ask.
        """
        if self._workers.is_full:
            raise SignInBusy("too many passwords are waiting to be compared", 1)
        # Of one state of the file, whatever becomes of it meanwhile.
        passwords, mark = self._passwords, self._marks.get(user)
        fits = await self._workers.run(lambda: passwords.fits(user, password))
        return (mark, Identity(user, groups=self._groups)) if fits and mark else None

    def watched(self) -> Watched:
        """Return the file to watch."""
        return Watched("htpasswd_file", (str(self._path),), self._reread)

    def _reread(self) -> Take:
        file = self._read()
        passwords = Passwords(file.entries)
        marks = self._marks_of(file)

        def take() -> str | None:
            is_new = marks != self._marks
            self._passwords, self._marks = passwords, marks
            return "; ".join(file.warnings) if is_new else None

        return take

    def _read(self) -> PasswordFile:
        return parse_password_file(self._path.read_bytes())

    def _marks_of(self, file: PasswordFile) -> dict[str, str]:
        return {user: self._mark(entry) for user, entry in file.entries.items()}

    def _mark(self, entry: Entry) -> str:
        content = "\0".join((entry.text, *self._groups)).encode()
        digest = hashlib.sha256(content).digest()[:_MARK_BYTES]
        return BY_FILE + base64.urlsafe_b64encode(digest).decode("ascii")


def _why(reason: OSError | Malformed) -> str:
    return reason.what if isinstance(reason, Malformed) else reason.strerror or "unreadable"
