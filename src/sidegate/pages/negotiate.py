"""Tells pages from calls, so that a call is never sent a page or a redirect to a provider.

A page is what a person will look at. A call is everything else that is asked for: by a script
(fetch, XHR, EventSource), as a part of a page (image, style, script), by a WebSocket, by a program,
or by a browser that only expects that somebody may want a page (prefetch, prerender).

Rule 1: what a browser says of itself (`Sec-Fetch-*`, `Sec-Purpose`; W3C Fetch Metadata) counts
        before what a script can write.
Rule 2: what says nothing of the kind is judged as by oauth2-proxy: `Accept`, or an API route.
"""

from sidegate.core.messages import RequestHead

# A navigation has one of these; `empty` is one that a service worker passes on.
_SHOWN = frozenset({b"document", b"iframe", b"frame", b"empty"})
_SHOWS_A_PAGE = (b"origin", b"referer", b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest")
# `Purpose` and `X-Moz` are how browsers said it before `Sec-Purpose`.
_PURPOSES = (b"sec-purpose", b"purpose", b"x-moz")


def wants_json(head: RequestHead, *, is_api: bool, force: bool) -> bool:
    """Say whether a refusal is answered in JSON.

    `is_api`: an API route matched. `force`: `force_json_errors`.
    """
    return is_api or force or _accepts_json(head) or is_part(head) or _is_by_script(head)


def is_part(head: RequestHead) -> bool:
    """Say whether a browser asks for something that nobody will look at as a page.

    A sign-in that began with such a request would lead nowhere: a provider's page is no image,
    no script may read it, and a prefetch is not somebody who wants to sign in.
    """
    index = head.index
    if any(_is_early(index[name]) for name in _PURPOSES if name in index):
        return True
    mode = index.get(b"sec-fetch-mode")
    if mode is not None and mode != b"navigate":
        return True
    dest = index.get(b"sec-fetch-dest")
    if dest is not None and dest not in _SHOWN:
        return True
    return index.get(b"upgrade", b"").lower() == b"websocket"


def is_document(head: RequestHead) -> bool:
    """Say whether a browser tells that this will be what a tab shows, at an address with a hash."""
    return (
        head.get(b"sec-fetch-mode") == b"navigate"
        and head.get(b"sec-fetch-dest") == b"document"
        and not is_part(head)
    )


def is_behind_a_page(head: RequestHead) -> bool:
    """Say whether a page may have sent a call: a script there can do something with an address.

    What no page is behind gets what clients of oauth2-proxy know, byte for byte.
    """
    return _is_by_script(head) or any(name in head.index for name in _SHOWS_A_PAGE)


def _accepts_json(head: RequestHead) -> bool:
    """Say whether `Accept` holds exactly `application/json`, without parameters, as oauth2-proxy.

    Browsers never send that for a page, and what says `*/*` may be either.
    """
    return b"application/json" in _accepted(head)


def _is_by_script(head: RequestHead) -> bool:
    """Say whether a script of a browser that has no Fetch metadata may have asked.

    Every XHR has an `Accept`; without one, `X-Requested-With` is somebody's own text, which
    oauth2-proxy does not heed. Android puts the name of an app there when it opens pages.
    """
    if b"text/event-stream" in _accepted(head):
        return True
    requested = head.get(b"x-requested-with") or b""
    return requested.lower() == b"xmlhttprequest" and b"accept" in head.index


def _accepted(head: RequestHead) -> list[bytes]:
    return [item.strip(b" \t") for item in (head.get(b"accept") or b"").split(b",")]


def _is_early(purpose: bytes) -> bool:
    said = purpose.lower()
    return b"prefetch" in said or b"prerender" in said or said == b"preview"
