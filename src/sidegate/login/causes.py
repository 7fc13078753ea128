"""Why a browser may not bring a cookie of ours back, told from what is at hand."""

import re

from sidegate.config.cookie_scope import covers, lies_in
from sidegate.config.settings import CookieSettings
from sidegate.core.messages import Asker
from sidegate.login.redirect_uri import is_loopback

_ADDRESS = re.compile(r"(?:(?P<scheme>https?)://(?P<authority>[^/?#]*))?(?P<path>[^?#]*)")
_SECURE = (
    "Cookies are kept for HTTPS (cookie_secure), and this address is plain HTTP. Where another "
    "proxy speaks HTTPS for it, that proxy has to say so and be trusted (reverse_proxy)."
)
_DOMAIN = "Cookies are given for {given} (cookie_domains), which leaves out {host}."
_PATH = "Cookies are given for paths below {path} (cookie_path), which leaves out this address."
_UNREADABLE = (
    "The browser brought a session that this gate cannot read: was it made with another "
    "cookie_secret, by another replica perhaps?"
)
_UNUSED = (
    "The browser brought a session that is valid here, and was sent to sign in all the same. A "
    "proxy in front may not pass cookies on when it asks whether a request may pass, or the "
    "session cannot be renewed, as when clocks differ."
)
_BLOCKED = (
    "The browser brought no session cookie along: it may block cookies of this site, or the "
    "session is too large for it, which fewer groups and tokens in it mend."
)


def of_attempt(settings: CookieSettings, asker: Asker, domain: str) -> list[str]:
    """Return why a sign-in cookie may not have come back to the address that was asked.

    `domain`: the Domain that our cookies have for this host, empty for none.
    """
    causes = []
    if settings.cookie_secure and asker.scheme == "http" and not is_loopback(asker.host):
        causes.append(_SECURE)
    if domain and not lies_in(_hostname(asker.host), domain):
        causes.append(_DOMAIN.format(given=domain.removeprefix("."), host=_hostname(asker.host)))
    return causes


def of_session(settings: CookieSettings, return_url: str, asker: Asker, domain: str) -> list[str]:
    """Return why a session may not arrive at `return_url`, which was validated.

    That the sign-in cookie came back to the asked address is known. `domain`: that of cookies.
    """
    parts = _ADDRESS.match(return_url)
    assert parts is not None  # noqa: S101 - matches the empty text
    causes = []
    if parts["authority"]:
        host, own = _hostname(parts["authority"]), _hostname(asker.host)
        if settings.cookie_secure and parts["scheme"] == "http" and not is_loopback(host):
            causes.append(_SECURE)
        if host != own and not lies_in(host, domain):
            causes.append(_DOMAIN.format(given=domain.removeprefix(".") or own, host=host))
    if not covers(settings.cookie_path, parts["path"] or "/"):
        causes.append(_PATH.format(path=settings.cookie_path))
    return causes


def of_request(*, brought: bool, opens: bool) -> str:
    """Return what the cookies of a request say after a sign-in that was finished before it."""
    if opens:
        return _UNUSED
    return _UNREADABLE if brought else _BLOCKED


def _hostname(authority: str) -> str:
    """Return the host in lower case without its port; an IPv6 literal keeps its brackets."""
    name, bracket, _ = authority.partition("]")
    return (name + bracket if bracket else authority.partition(":")[0]).lower()
