"""Sign-in attempts, each sealed in a cookie of its own, so that two tabs can sign in at once.

The name is `<cookie_name>_<first 8 characters of state>_csrf`: the callback finds its cookie by
the state, and comparing the whole state is the callback's own step.
"""

import dataclasses
from collections.abc import Callable
from typing import Final

from sidegate.config.settings import CookieSettings
from sidegate.core.errors import AttemptExpired, AttemptMissing
from sidegate.core.ports import Attempt
from sidegate.http1.cookies import read_cookies
from sidegate.session.bound import BoundSealer
from sidegate.session.chunks import MOST_COOKIE_BYTES, MOST_NAME_BYTES
from sidegate.session.codec import decode_attempt, encode_attempt
from sidegate.stores.attributes import CookieAttributes

PURPOSE: Final = "attempt"
_HANDLE: Final = 8
_SUFFIX: Final = "_csrf"
_URLSAFE: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_MOST_DUPLICATES: Final = 4
# With `cookie_csrf_expire` 0 the cookie lives as long as the browser, the attempt does not.
_LONGEST_ATTEMPT: Final = 900.0


class AttemptNames:
    """The names of sign-in cookies: made from a state, and recognized exactly."""

    __slots__ = ("_end", "_length", "_prefix", "_start", "_suffix")

    def __init__(self, cookie_name: str) -> None:
        stem = cookie_name[: MOST_NAME_BYTES - _HANDLE - len(_SUFFIX) - 1]
        self._prefix = f"{stem}_".encode("latin-1")
        self._suffix = _SUFFIX.encode()
        self._start = len(self._prefix)
        self._end = self._start + _HANDLE
        self._length = self._end + len(self._suffix)

    def name(self, state: str) -> str | None:
        """Return the cookie name for a state, or None when no state of ours begins like this."""
        handle = state[:_HANDLE].encode("utf-8", "replace")
        if len(handle) != _HANDLE or handle.translate(None, _URLSAFE):
            return None
        return (self._prefix + handle + self._suffix).decode("latin-1")

    def match(self, name: bytes) -> bool:
        """Say whether a cookie name is one that `name` could have made."""
        return (
            len(name) == self._length
            and name.startswith(self._prefix)
            and name.endswith(self._suffix)
            and not name[self._start : self._end].translate(None, _URLSAFE)
        )


class Attempts:
    """Keeps the attempts of a browser in its cookies. `sealer`: of purpose `attempt`.

    `on_unopened` hears of a callback whose cookie does not open.
    """

    def __init__(
        self,
        settings: CookieSettings,
        sealer: BoundSealer,
        on_unopened: Callable[[], None] = lambda: None,
    ) -> None:
        self._sealer = sealer
        self._on_unopened = on_unopened
        self._names = AttemptNames(settings.cookie_name)
        self._attributes = CookieAttributes(settings, settings.cookie_csrf_samesite)
        self._expire = settings.cookie_csrf_expire
        self._limit = settings.cookie_csrf_per_request_limit

    def seal_attempt(self, attempt: Attempt, host: str, present: bytes | None) -> list[str]:
        """Return the Set-Cookie values that start an attempt and clear those beyond the limit.

        The name tells no age, so the cookies that are there are opened: unreadable ones go first,
        then the oldest. `cookie_csrf_per_request_limit` 0 sets no limit. An attempt whose return
        address is too long for a cookie returns to `/`: arriving elsewhere beats not arriving.
        Raises ValueError when the state is not at least 8 characters of base64url.
        """
        name = self._names.name(attempt.state)
        if name is None:
            raise ValueError("a state begins with 8 characters of base64url")
        cookie = self._render(name, attempt, host)
        if len(cookie) > MOST_COOKIE_BYTES:
            cookie = self._render(name, _to_root(attempt), host)
        return [cookie, *(self._attributes.clear(n, host) for n in self._surplus(name, present))]

    def open_attempt(self, state: str, cookie_header: bytes | None, now: float) -> Attempt:
        """Return the attempt whose cookie belongs to this state.

        The state in the attempt may still differ from `state` beyond its first 8 characters: the
        callback compares them. Raises AttemptMissing when there is no such cookie or it does not
        open, AttemptExpired when it is older than `cookie_csrf_expire`.
        """
        name = (self._names.name(state) or "").encode("latin-1")
        values = [v for n, v in read_cookies(cookie_header or b"") if n == name]
        opened = [a for v in values[:_MOST_DUPLICATES] if (a := self._open(name, v)) is not None]
        if not opened:
            if values:
                self._on_unopened()
            raise AttemptMissing("no sign-in cookie opens for this state")
        attempt = max(opened, key=lambda a: a.created_at)
        if now - attempt.created_at >= (self._expire or _LONGEST_ATTEMPT):
            raise AttemptExpired("the sign-in cookie is too old")
        return attempt

    def clear_attempt(self, state: str, host: str) -> list[str]:
        """Return the Set-Cookie values that end the attempt; none for a state that is not ours."""
        name = self._names.name(state)
        return [] if name is None else [self._attributes.clear(name, host)]

    def _render(self, name: str, attempt: Attempt, host: str) -> str:
        plain = encode_attempt(attempt)
        value = self._sealer.seal(plain, attempt.provider, name.encode("latin-1"))
        return self._attributes.render(name, value, host, int(self._expire) or None)

    def _open(self, name: bytes, value: bytes) -> Attempt | None:
        found = self._sealer.open(value, name)
        attempt = None if found is None else decode_attempt(found[0])
        if found is None or attempt is None or attempt.provider not in found[1]:
            return None
        return attempt

    def _surplus(self, new: str, present: bytes | None) -> list[str]:
        if not self._limit:
            return []
        ages: dict[bytes, float] = {}
        for name, value in read_cookies(present or b""):
            if self._names.match(name) and name != new.encode("latin-1"):
                attempt = self._open(name, value)
                ages[name] = max(ages.get(name, 0.0), attempt.created_at if attempt else 0.0)
        oldest_first = sorted(ages, key=ages.__getitem__)
        surplus = oldest_first[: max(0, len(ages) + 1 - self._limit)]
        return [name.decode("latin-1") for name in surplus]


def _to_root(attempt: Attempt) -> Attempt:
    return dataclasses.replace(attempt, return_url="/")
