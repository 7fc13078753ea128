"""Says who made the browser send a request, from what browsers tell and scripts cannot forge.

`Sec-Fetch-*` (W3C Fetch Metadata) is sent to https and loopback addresses by every current
browser, `Origin` with every POST. An old browser or a command line sends neither.
"""

from sidegate.core.messages import Asker, RequestHead
from sidegate.pages.negotiate import is_part

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_own_navigation(head: RequestHead) -> bool:
    """Say whether the person went here: from our site, by the address bar, or in an old browser.

    A browser that fetches a link because the person may follow it does not count.
    """
    if is_part(head):
        return False
    site = head.get(b"sec-fetch-site")
    if site is None:
        return True
    return site in (b"same-origin", b"same-site", b"none") and (
        head.get(b"sec-fetch-mode") == b"navigate"
    )


def is_own_post(head: RequestHead, asker: Asker, *, has_token: bool = False) -> bool:
    """Say whether a page of our own origin sent this POST, or a program.

    `has_token`: it carries a token of a form of ours (`login.form_token`). A page that sends no
    referrer, as ours do, sends `Origin: null`; in a browser that tells nothing more, only the
    token shows that the form was ours. A program, which no foreign page can steer, needs none.
    """
    site = head.get(b"sec-fetch-site")
    if site is not None and site != b"none":
        return site == b"same-origin"
    origin = head.get(b"origin")
    if origin is None:
        return has_token or (site is None and not is_browser(head))
    if origin == b"null":
        return has_token
    return is_own_origin(origin.decode("latin-1"), asker)


def is_sent_from_another_site(head: RequestHead) -> bool:
    """Say whether a browser holds back strict cookies where this request leads: it may, or does."""
    site = head.get(b"sec-fetch-site")
    return is_browser(head) if site is None else site == b"cross-site"


def is_own_origin(origin: str, asker: Asker) -> bool:
    """Say whether an Origin is the scheme, host and port that was asked (RFC 6454 section 5)."""
    own = f"{asker.scheme}://{asker.host}".lower()
    return _without_port(origin.lower(), asker.scheme) == _without_port(own, asker.scheme)


def is_browser(head: RequestHead) -> bool:
    """Say whether the client calls itself a browser."""
    # Every browser calls itself so since 1994, but for the old Opera.
    return (head.get(b"user-agent") or b"").startswith((b"Mozilla/", b"Opera/"))


def _without_port(origin: str, scheme: str) -> str:
    return origin.removesuffix(_DEFAULT_PORTS.get(scheme, ":"))
