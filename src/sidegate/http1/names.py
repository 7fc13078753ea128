"""Field names, looked at once: valid or not, lower-case, and folded to how an application reads it.

Rule 1: a field name is a token (RFC 9110 section 5.6.2); anything else is refused.
Rule 2: two spellings that an application may read as one name are one name here. CGI and WSGI turn
`-` into `_`; others go further, so every character that is no letter or digit folds to `-`.
Rule 3: a spelling that folds to a framing field without being it is an attack and is refused.
"""

import re
from typing import TypeVar

from sidegate.core.errors import BadRequest

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"host"})
_FOLD = bytes(c if chr(c).isalnum() and c < 0x80 else 0x2D for c in range(256))

Value = TypeVar("Value")

BOUND = 4096
"""Names that are remembered; when there are more, remembering begins anew."""

LONGEST = 128
"""Bytes of a name that is remembered: what clients invent costs time, not memory."""


def remember(known: dict[bytes, Value], name: bytes, value: Value) -> None:
    """Keep a value under a name in bounds, both of entries and of bytes."""
    if len(name) <= LONGEST:
        if len(known) >= BOUND:
            known.clear()  # cheaper than keeping an order, and usual names are back at once
        known[name] = value


def fold(name: bytes) -> bytes:
    """Return the class of spellings a name belongs to: lower-case, all else than 0-9a-z as `-`."""
    return name.lower().translate(_FOLD)


def is_token(text: bytes) -> bool:
    """Say whether a text is a token: usable as a field name or a method."""
    return _TOKEN.fullmatch(text) is not None


class LowerNames(dict[bytes, bytes]):
    """Maps a name as it was sent to its lower-case form; each spelling is judged once.

    Raises BadRequest for a name that breaks rule 1 or rule 3.
    """

    def __missing__(self, name: bytes) -> bytes:
        if not is_token(name):
            raise BadRequest(f"field name is no token: {name[:40]!r}")
        lower = name.lower()
        if lower not in _FRAMING and fold(name) in _FRAMING:
            raise BadRequest(f"field name imitates {fold(name).decode()}: {name[:40]!r}")
        remember(self, name, lower)
        return lower


class Passes(dict[bytes, bool]):
    """Maps a lower-case name to whether it is handed on; knows the folded names to drop.

    `families`: beginnings of folded names that are dropped as well.
    """

    def __init__(self, dropped: frozenset[bytes], families: tuple[bytes, ...] = ()) -> None:
        super().__init__()
        self._dropped = dropped
        self._families = families

    def __missing__(self, name: bytes) -> bool:
        folded = fold(name)
        passes = folded not in self._dropped and not folded.startswith(self._families)
        remember(self, name, passes)
        return passes
