"""Says who made the browser send a request, from what browsers tell and scripts cannot forge.

`Sec-Fetch-*` (W3C Fetch Metadata) is sent to https and loopback addresses by every current
browser, `Origin` with every POST. An old browser or a command line sends neither.
"""

from sidegate.core.messages import Asker, RequestHead

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_own_navigation(head: RequestHead) -> bool:
    """Say whether the person went here: from our site, by the address bar, or in an old browser."""
    site = head.get(b"sec-fetch-site")
    if site is None:
        return True
    return site in (b"same-origin", b"same-site", b"none") and (
        head.get(b"sec-fetch-mode") == b"navigate"
    )


def is_own_post(head: RequestHead, asker: Asker) -> bool:
    """Say whether a page of our own origin sent this POST, or a client that is no browser."""
    site = head.get(b"sec-fetch-site")
    if site is not None:
        return site == b"same-origin"
    origin = head.get(b"origin")
    return origin is None or _without_port(origin.decode("latin-1").lower(), asker.scheme) == (
        _without_port(f"{asker.scheme}://{asker.host}".lower(), asker.scheme)
    )


def _without_port(origin: str, scheme: str) -> str:
    return origin.removesuffix(_DEFAULT_PORTS.get(scheme, ":"))
