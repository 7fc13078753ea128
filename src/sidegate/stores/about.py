"""Whose session it is and how long it lasts, sealed beside it for operators: no token is in it."""

from typing import Final

import msgspec

from sidegate.core.identity import Session
from sidegate.session.keyring import Sealer

PURPOSE: Final = "session-about"


class About(msgspec.Struct, array_like=True, tag=1, frozen=True):
    """What operators, and the person, may know of a session. Times: seconds since the epoch."""

    provider: str
    user: str
    email: str
    preferred_username: str
    sid: str
    created_at: float
    refreshed_at: float
    ends_at: float
    generation: int
    idle_until: float = 0.0  # since people are shown where they are signed in
    device: str = ""

    def is_of(self, who: str) -> bool:
        """Say whether `who` is the subject, the address or the name of whose session it is."""
        return who in (self.user, self.email, self.preferred_username)


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(About)


def seal_about(session: Session, sealer: Sealer, key: str) -> str:
    """Return the sealed description of a session that is kept under `key`."""
    who = session.identity
    about = About(
        provider=session.provider,
        user=who.user,
        email=who.email,
        preferred_username=who.preferred_username,
        sid=session.provider_session_id,
        created_at=session.created_at,
        refreshed_at=session.refreshed_at,
        ends_at=session.ends_at,
        generation=session.generation,
        idle_until=session.idle_until,
        device=session.device,
    )
    return sealer.seal(_encode(about), key.encode())


def open_about(sealed: str, sealer: Sealer, key: str) -> About | None:
    """Return what `seal_about` sealed for this key, or None for anything else."""
    plain = sealer.open(sealed.encode("ascii", "replace"), key.encode())
    if plain is None:
        return None
    try:
        return _decoder.decode(plain)
    except msgspec.DecodeError:
        return None
