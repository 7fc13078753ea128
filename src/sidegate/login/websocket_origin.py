"""Which pages may open a WebSocket: those of the same site address, and of listed hosts.

Browsers send cookies with a handshake from any page and do not apply CORS to it, so a foreign page
could speak to the application as the person who looks at it (cross-site WebSocket hijacking). What
they always send truthfully is Origin (RFC 6455 section 10.2).
"""

import re

from sidegate.core.messages import Asker
from sidegate.login.return_url import Whitelist

_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def is_allowed_origin(origin: str, asker: Asker, whitelist: Whitelist) -> bool:
    """Say whether a page of this Origin may open a WebSocket here.

    The same host and port as the one asked for, whatever the scheme says (a TLS-terminating proxy
    that does not forward it makes us see `http`), or a host of `whitelist_domains`.
    """
    match = _ORIGIN.fullmatch(origin)
    if match is None:
        return False  # `null` and everything that is no web page
    scheme, host, port = match[1], match[2].lower(), match[3] or ""
    own_host, own_port = _split(asker.host.lower())
    if host == own_host:
        default = _DEFAULT_PORTS[scheme]
        if (port or default) == (own_port or default):
            return True
    return whitelist.allows(host, port)


def is_listed_origin(origin: str, whitelist: Whitelist) -> bool:
    """Say whether an Origin is a web page of a host in `whitelist_domains`."""
    match = _ORIGIN.fullmatch(origin)
    return match is not None and whitelist.allows(match[2].lower(), match[3] or "")


def _split(authority: str) -> tuple[str, str]:
    host, colon, port = authority.rpartition(":")
    if colon and not port.endswith("]"):
        return host, port
    return authority, ""
