"""Tokens in the gate's own forms, so that no other site can send a form in a person's name.

Browsers of today say who sent a form (`login.same_site`); the token is for those that do not. It
is sealed with the keys of the gate, so it says nothing and holds in every replica that has them.
"""

from typing import Final

from sidegate.core.ports import Clock
from sidegate.session.keyring import Sealer

PURPOSE: Final = "form"
FIELD: Final = "token"
LIFETIME: Final = 3600.0
_STAMP_BYTES: Final = 8
_LONGEST: Final = 256  # more than any token of ours; what is longer is not opened


class FormTokens:
    """Makes and checks tokens: each for one purpose, one owner and one hour.

    `purpose` names the action (`sign_out`). `owner` is the id of the session, so that a token ends
    with it; where nobody is signed in it is what `stores.visitors` gave to the browser. `sealer`:
    of purpose `form`.
    """

    __slots__ = ("_clock", "_sealer")

    def __init__(self, sealer: Sealer, clock: Clock) -> None:
        self._sealer = sealer
        self._clock = clock

    def make(self, purpose: str, owner: str) -> str:
        """Return the token for a form, as text that needs no escaping."""
        stamp = int(self._clock()).to_bytes(_STAMP_BYTES, "big")
        return self._sealer.seal(stamp, _context(purpose, owner))

    def holds(self, token: str | None, purpose: str, owner: str) -> bool:
        """Say whether a form carried a token that was made for this purpose and owner.

        Nothing holds for the owner "": a browser that brings no cookie is bound to nothing.
        """
        if not token or not owner or len(token) > _LONGEST or not token.isascii():
            return False
        stamp = self._sealer.open(token.encode(), _context(purpose, owner))
        if stamp is None:
            return False
        return self._clock() - int.from_bytes(stamp, "big") < LIFETIME


def _context(purpose: str, owner: str) -> bytes:
    name = purpose.encode()
    return len(name).to_bytes(4, "big") + name + owner.encode()
