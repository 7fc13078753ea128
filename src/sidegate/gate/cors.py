"""Lets pages of named origins read our answers to their calls (WHATWG Fetch, "CORS protocol").

Rule 1: an origin is named whole and compared as text; `null` and `*` cannot be named, and what a
        page says is never repeated unless it is in the list.
Rule 2: nobody who is not signed in reaches the application. Browsers send no cookie with a
        preflight, so by default the gate answers it; `application` opens exactly the preflights of
        the named origins instead of every OPTIONS.
"""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import TypeGuard

from sidegate.core.messages import RequestHead, Response

SIGN_IN_FIELD = "X-Sign-In-Url"
"""The field of our answers that names the address to sign in at; scripts may read it."""

_LIFETIME = "600"  # seconds that a browser may remember a preflight
_TOKENS = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*")
_LONGEST = 1024
_VARY = ("Vary", "Origin")


class Cors:
    """Answers for the origins in `cors_allowed_origins`.

    `by_gate`: preflights are answered here, else the application is asked (`cors_preflight`).
    """

    __slots__ = ("_origins", "by_gate")

    def __init__(self, origins: Iterable[str], *, by_gate: bool) -> None:
        self._origins = frozenset(origin.encode("ascii") for origin in origins)
        self.by_gate = by_gate

    def fields(self, head: RequestHead) -> list[tuple[str, str]]:
        """Return the fields with which a page may read our answer, none for any other page."""
        origin = head.get(b"origin")
        if origin not in self._origins:
            return []
        return [
            *_allowing(origin.decode("ascii")),
            ("Access-Control-Expose-Headers", SIGN_IN_FIELD),
        ]

    def is_preflight(self, method: bytes, head: RequestHead) -> bool:
        """Say whether a browser asks what a page of a named origin may send."""
        return (
            method == b"OPTIONS"
            and head.get(b"origin") in self._origins
            and _is_tokens(head.get(b"access-control-request-method"))
            and head.length == 0
        )

    def answer(self, head: RequestHead) -> Response:
        """Answer a preflight with yes: the call itself is judged when it comes."""
        method = head.text(b"access-control-request-method")
        fields = _allowing(head.text(b"origin"))
        fields += [
            ("Access-Control-Allow-Methods", method),
            ("Access-Control-Max-Age", _LIFETIME),
        ]
        wanted = head.get(b"access-control-request-headers")
        if _is_tokens(wanted):
            fields.append(("Access-Control-Allow-Headers", wanted.decode("ascii")))
        return Response(HTTPStatus.NO_CONTENT, fields)


def _allowing(origin: str) -> list[tuple[str, str]]:
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        _VARY,
    ]


def _is_tokens(value: bytes | None) -> TypeGuard[bytes]:
    """Say whether a field is a list of names, and not too long to be repeated."""
    return value is not None and len(value) <= _LONGEST and bool(_TOKENS.fullmatch(value))
