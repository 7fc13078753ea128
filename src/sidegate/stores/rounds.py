"""Counts in a short-lived cookie how often a sign-in was finished in a row for one address.

The cookie is set only where something hints at a loop, so that nobody else ever sees it.
"""

import hashlib
from typing import Final

import msgspec

from sidegate.config.settings import CookieSettings
from sidegate.http1.cookies import read_cookies
from sidegate.session.chunks import MOST_NAME_BYTES
from sidegate.session.keyring import Sealer
from sidegate.stores.attributes import CookieAttributes

PURPOSE: Final = "rounds"
_LIFETIME: Final = 60
_SUFFIX: Final = "_rounds"
_COUNT_BYTES: Final = 2
_STAMP_BYTES: Final = 8
_MOST: Final = 2 ** (8 * _COUNT_BYTES) - 1


def rounds_name(cookie_name: str) -> str:
    """Return the name of the counter, beside a session cookie of this name."""
    return cookie_name[: MOST_NAME_BYTES - len(_SUFFIX)] + _SUFFIX


class Rounds:
    """Keeps the count in the browser. `sealer`: of purpose `rounds`."""

    __slots__ = ("_attributes", "_name", "_sealer")

    def __init__(self, settings: CookieSettings, sealer: Sealer) -> None:
        self._name = rounds_name(settings.cookie_name)
        # For every path: one that the session's cookie leaves out may be the cause of the loop.
        everywhere = msgspec.structs.replace(settings, cookie_path="/")
        self._attributes = CookieAttributes(everywhere, settings.cookie_csrf_samesite)
        self._sealer = sealer

    def recall(self, cookie_header: bytes | None, return_url: str, now: float) -> int:
        """Return how many sign-ins to this address were finished in a row, 0 when none was."""
        name = self._name.encode("latin-1")
        for found, value in read_cookies(cookie_header or b""):
            plain = self._sealer.open(value, name) if found == name else None
            if plain is not None:
                return _count(plain, _digest(return_url), now)
        return 0

    def remember(self, count: int, return_url: str, host: str, now: float) -> list[str]:
        """Return the Set-Cookie values that make `recall` return `count` for a minute."""
        plain = min(count, _MOST).to_bytes(_COUNT_BYTES, "big")
        plain += int(now).to_bytes(_STAMP_BYTES, "big") + _digest(return_url)
        sealed = self._sealer.seal(plain, self._name.encode("latin-1"))
        return [self._attributes.render(self._name, sealed, host, _LIFETIME)]

    def forget(self, cookie_header: bytes | None, host: str) -> list[str]:
        """Return the Set-Cookie values that end the count, none when there is none."""
        names = [name for name, _ in read_cookies(cookie_header or b"")]
        if self._name.encode("latin-1") not in names:
            return []
        return [self._attributes.clear(self._name, host)]


def _count(plain: bytes, digest: bytes, now: float) -> int:
    stamp = plain[_COUNT_BYTES : _COUNT_BYTES + _STAMP_BYTES]
    if plain[_COUNT_BYTES + _STAMP_BYTES :] != digest:
        return 0
    if now - int.from_bytes(stamp, "big") > _LIFETIME:
        return 0
    return int.from_bytes(plain[:_COUNT_BYTES], "big")


def _digest(return_url: str) -> bytes:
    return hashlib.sha256(return_url.encode()).digest()[:8]
