"""What shared caches may keep of answers that somebody had to sign in for.

RFC 9111 section 3.5 keeps answers to requests with Authorization out of shared caches unless the
answer allows it. A session in a cookie deserves the same, and caches do not know that it is one.
"""

from __future__ import annotations

from sidegate.http1.names import remember

PRIVATE = b"Cache-Control: private\r\n"
_NOT_SHARED = frozenset({b"private", b"no-store"})
_SETTLED = _NOT_SHARED | {b"public", b"s-maxage"}


class _Needs(dict[bytes, bool]):
    """Maps a Cache-Control to whether it lacks all of some directives; each is judged once."""

    def __init__(self, directives: frozenset[bytes]) -> None:
        super().__init__()
        self._directives = directives

    def __missing__(self, cache_control: bytes) -> bool:
        lacks = self._directives.isdisjoint(_directives(cache_control))
        remember(self, cache_control, lacks)
        return lacks


_LACKS_A_WORD = _Needs(_SETTLED)
_LACKS_PRIVACY = _Needs(_NOT_SHARED)


def needs_private(cache_control: bytes | None, *, sets_cookie: bool = False) -> bool:
    """Say whether `private` has to be added to an answer with this Cache-Control.

    Only `public` and `s-maxage` are the application's word for sharing. `max-age` is not: an
    application behind a gate need not know that there is one. Nor is `must-revalidate`, which
    section 3.5 names too: `max-age=60, must-revalidate` would be served to others for a minute.
    `sets_cookie`: the gate adds a cookie of this one person, which nobody can allow to share.
    """
    if cache_control is None:
        return True
    return (_LACKS_PRIVACY if sets_cookie else _LACKS_A_WORD)[cache_control]


def _directives(cache_control: bytes) -> list[bytes]:
    """Return directives in lower case; `private="set-cookie"` keeps its argument: it is less."""
    found = []
    for part in cache_control.lower().split(b","):
        name, _, argument = part.partition(b"=")
        name = name.strip(b" \t")
        found.append(part if argument and name == b"private" else name)
    return found
