"""Compares passwords with hashes, in a time that tells nothing of the user.

Rule 1: whoever is asked about, one hash of each cost that the file holds is computed: that of the
        user where there is one, in all other places one that no password is compared with. So an
        unknown user takes as long as a known one, and a cheap hash as long as a dear one.
Rule 2: a password is compared as it came: none is cut, and none is folded. What bcrypt would not
        see (beyond 72 bytes, or behind a NUL) never fits.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final

from sidegate.config.password_file import Entry

LONGEST: Final = 1024
"""Bytes of the longest password that is looked at."""

_MOST_OF_BCRYPT = 72
_PLAIN = "A"  # of both alphabets of base64


class Passwords:
    """The users of a file. `fits` takes long, and may be called by several threads at once."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = dict(entries)
        self._compare = {kind: _comparer(kind) for kind in {e.kind for e in entries.values()}}
        self._stand_ins = {entry.cost: _stand_in(entry) for entry in entries.values()}

    def fits(self, user: str, password: str) -> bool:
        """Say whether there is such a user with this password."""
        entry = self._entries.get(user)
        raw = password.encode("utf-8", "surrogatepass")[: LONGEST + 1]
        fits = False
        for cost, stand_in in self._stand_ins.items():
            if entry is not None and entry.cost == cost:
                fits = self._compare[entry.kind](raw, entry.text)
            else:
                self._compare[stand_in.kind](raw, stand_in.text)
        return fits and 0 < len(raw) <= LONGEST


def _comparer(kind: str) -> Callable[[bytes, str], bool]:
    """Return what compares a password with a hash of this kind; import what that needs.

    bcrypt costs half a megabyte that a gate without such hashes does not need.
    """
    if kind == "sha1":
        return _fits_sha1
    if kind == "bcrypt":
        import bcrypt  # noqa: PLC0415 - only for such hashes

        def fits_bcrypt(password: bytes, text: str) -> bool:
            whole = len(password) <= _MOST_OF_BCRYPT and b"\0" not in password
            # Computed all the same: the length of a password shows in no time.
            fits = bcrypt.checkpw(password[:_MOST_OF_BCRYPT], text.encode())
            return fits and whole

        return fits_bcrypt
    from cryptography.exceptions import InvalidKey  # noqa: PLC0415 - only for such hashes
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415 - these too

    def fits_argon2(password: bytes, text: str) -> bool:
        try:
            Argon2id.verify_phc_encoded(password, text)
        except InvalidKey:
            return False
        return True

    return fits_argon2


def _fits_sha1(password: bytes, text: str) -> bool:
    digest = hashlib.sha1(password, usedforsecurity=False).digest()
    return hmac.compare_digest(digest, base64.b64decode(text[5:]))


def _stand_in(entry: Entry) -> Entry:
    """Return a hash that takes as long to compare with as this one, and is nobody's."""
    head, dollar, digest = entry.text.rpartition("$")
    if entry.kind == "sha1":
        head, dollar, digest = "{SHA}", "", base64.b64encode(bytes(20)).decode()
    elif entry.kind == "bcrypt":
        digest = "." * len(digest)
    else:
        digest = _PLAIN * len(digest)
    return Entry(entry.kind, entry.cost, f"{head}{dollar}{digest}")
