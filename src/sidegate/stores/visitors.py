"""Knows a browser again in which nobody is signed in, so that a form can be bound to it."""

import base64
from typing import Final

from sidegate.config.settings import CookieSettings
from sidegate.core.ports import Randomness
from sidegate.http1.cookies import read_cookies
from sidegate.session.chunks import MOST_NAME_BYTES
from sidegate.stores.attributes import CookieAttributes

_SUFFIX: Final = "_form"
_RANDOM_BYTES: Final = 16
_CHARACTERS: Final = 22
_URLSAFE: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def visitor_name(cookie_name: str) -> str:
    """Return the name of the visitor's cookie, beside a session cookie of this name."""
    return cookie_name[: MOST_NAME_BYTES - len(_SUFFIX)] + _SUFFIX


class Visitors:
    """Gives each browser a random cookie that ends with it and says nothing about anybody."""

    __slots__ = ("_attributes", "_name", "_randomness")

    def __init__(self, settings: CookieSettings, randomness: Randomness) -> None:
        self._name = visitor_name(settings.cookie_name)
        self._attributes = CookieAttributes(settings, "lax")
        self._randomness = randomness

    def known(self, cookie_header: bytes | None) -> str:
        """Return what this browser was given, empty when it brings nothing that we give."""
        name = self._name.encode("latin-1")
        for found, value in read_cookies(cookie_header or b""):
            if found == name and len(value) == _CHARACTERS and not value.translate(None, _URLSAFE):
                return value.decode("ascii")
        return ""

    def greet(self, cookie_header: bytes | None, host: str) -> tuple[str, list[str]]:
        """Return what this browser is known by, and the Set-Cookie values it needs for that."""
        known = self.known(cookie_header)
        if known:
            return known, []
        given = base64.urlsafe_b64encode(self._randomness(_RANDOM_BYTES))
        text = given.rstrip(b"=").decode("ascii")
        return text, [self._attributes.render(self._name, text, host, None)]
