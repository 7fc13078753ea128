"""What a browser holds in place of a session that a shared server keeps.

The id is 256 random bits that only the browser has: in its cookie, sealed with the keys of the
gate. Two things follow from it, each by a hash of its own that cannot be undone: the name under
which the server keeps the session, and the key that opens what is kept there. So

- a copy of the server's data opens nothing, with the keys of the gate or without;
- the keys of the gate open nothing without the cookie;
- whoever reads names from the server can make neither a cookie nor an id of them.
"""

import hashlib
from dataclasses import dataclass
from math import isfinite
from struct import Struct
from typing import Final

from sidegate.core.identity import Ended, Session
from sidegate.core.ports import Randomness
from sidegate.core.secret import Secret
from sidegate.session.keyring import KeyRing, Sealer

PURPOSE: Final = "ticket"
_TIME: Final = Struct(">d")
_NAME_DIGITS: Final = 40


@dataclass(frozen=True, slots=True)
class Ticket:
    """`id` is that of the session, `created_at` tells the newer of two tickets."""

    id: str
    created_at: float

    def pack(self) -> bytes:
        """Return the ticket as bytes, to be sealed into the cookie."""
        return _TIME.pack(self.created_at) + self.id.encode()


@dataclass(frozen=True, slots=True)
class EndedByName(Ended):
    """A session that has ended, of which only the name is known here."""

    name: str = ""

    def covers(self, session: Session) -> bool:
        """Say whether this session is it."""
        return session_name(session.id) == self.name


def unpack_ticket(data: bytes) -> Ticket | None:
    """Return the ticket that `pack` wrote, or None for anything else."""
    stamp, text = data[: _TIME.size], data[_TIME.size :]
    if not text or not text.isascii():
        return None
    (created_at,) = _TIME.unpack(stamp)
    return Ticket(text.decode("ascii"), created_at) if isfinite(created_at) else None


def session_name(session_id: str) -> str:
    """Return the name that a session has outside of its browser: in Redis, for operators."""
    return _hash(b"name", session_id).hex()[:_NAME_DIGITS]


def session_sealer(session_id: str, randomness: Randomness) -> Sealer:
    """Return what seals the session itself, with the key that follows from its id."""
    return KeyRing([Secret(_hash(b"key", session_id))], randomness).sealer("kept-session")


def _hash(purpose: bytes, session_id: str) -> bytes:
    return hashlib.sha256(b"sidegate/1/ticket/" + purpose + b"\0" + session_id.encode()).digest()
