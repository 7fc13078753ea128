"""Remembers in a plain cookie at which provider somebody signed in last.

It says who is offered first and nothing else: whoever changes it chooses another button.
"""

from collections.abc import Iterable
from typing import Final

from sidegate.config.settings import CookieSettings
from sidegate.http1.cookies import read_cookies
from sidegate.session.chunks import MOST_NAME_BYTES
from sidegate.stores.attributes import CookieAttributes

_SUFFIX: Final = "_provider"
_LIFETIME: Final = 365 * 86400


def preference_name(cookie_name: str) -> str:
    """Return the name of the cookie, beside a session cookie of this name."""
    return cookie_name[: MOST_NAME_BYTES - len(_SUFFIX)] + _SUFFIX


class Preferences:
    """Keeps the id of a provider in the browser. `ids`: those that are configured."""

    __slots__ = ("_attributes", "_ids", "_name")

    def __init__(self, settings: CookieSettings, ids: Iterable[str]) -> None:
        self._name = preference_name(settings.cookie_name)
        self._attributes = CookieAttributes(settings, "lax")
        self._ids = {one.encode(): one for one in ids}

    def recall(self, cookie_header: bytes | None) -> str:
        """Return the id that this browser brings, empty when it is none of ours."""
        name = self._name.encode("latin-1")
        for found, value in read_cookies(cookie_header or b""):
            if found == name and value in self._ids:
                return self._ids[value]
        return ""

    def remember(self, provider: str, host: str) -> list[str]:
        """Return the Set-Cookie values that make `recall` return this id for a year."""
        return [self._attributes.render(self._name, provider, host, _LIFETIME)]
