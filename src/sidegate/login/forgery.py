"""Refuses requests to the application that another site had the browser send in a person's name.

That is the option `csrf_protect_upstream`: only methods that may change something (RFC 9110
section 9.2.1), and only where the browser says that a foreign page is behind the request. A
program says nothing of the kind and passes. So does whoever brings a bearer token and no session
cookie, for no foreign page can make a browser send one.
"""

from collections.abc import Callable

from sidegate.core.messages import Asker, Exchange, RequestHead
from sidegate.login.ports import asker_of
from sidegate.login.return_url import Whitelist
from sidegate.login.websocket_origin import is_allowed_origin, is_listed_origin

_SAFE = frozenset({b"GET", b"HEAD", b"OPTIONS", b"TRACE"})


class ForgeryGuard:
    """Judges requests that somebody signed in sends. `whitelist`: sites that may send some.

    `is_exempt` says which method and raw path are left alone (`csrf_exempt_routes`).
    `has_session` says whether a Cookie field carries a session.
    """

    def __init__(
        self,
        whitelist: Whitelist,
        *,
        is_exempt: Callable[[bytes, bytes], bool],
        has_session: Callable[[bytes | None], bool],
    ) -> None:
        self._whitelist = whitelist
        self._is_exempt = is_exempt
        self._has_session = has_session

    def refuses(self, exchange: Exchange, method: bytes, path: bytes) -> bool:
        """Say whether the request is forged. `path` is raw, and so judged as it is forwarded."""
        if method in _SAFE or self._is_exempt(method, path):
            return False
        head = exchange.head
        if not is_foreign(head, asker_of(exchange), self._whitelist):
            return False
        is_bearer = (head.get(b"authorization") or b"")[:7].lower() == b"bearer "
        return not is_bearer or self._has_session(head.get(b"cookie"))


def is_foreign(head: RequestHead, asker: Asker, whitelist: Whitelist) -> bool:
    """Say whether a page of another origin sent this, from what scripts cannot forge.

    A page of a sibling host (`same-site`) may, when its host is in `whitelist_domains`; one of
    another site may not. Without Fetch metadata the Origin decides; without both, no page is
    behind it. What is not understood is foreign.
    """
    site, origin = head.get(b"sec-fetch-site"), head.get(b"origin")
    if site in (b"same-origin", b"none"):
        return False
    if site is not None:
        return site != b"same-site" or not _is_listed(origin, whitelist)
    return origin is not None and not is_allowed_origin(origin.decode("latin-1"), asker, whitelist)


def _is_listed(origin: bytes | None, whitelist: Whitelist) -> bool:
    return origin is not None and is_listed_origin(origin.decode("latin-1"), whitelist)
