"""The redirect URI: where the identity provider sends the browser back to (RFC 6749 section 3.1.2).

It is fixed in the attempt, so that the token request repeats exactly what was asked with.
"""

from sidegate.core.messages import Asker

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


def redirect_uri(
    redirect_url: str, prefix: str, asker: Asker, *, cookie_secure: bool, suffix: str = ""
) -> str:
    """Return the callback's address.

    `suffix`: what tells the callback of one of several providers from the others, as in `/corp`.

    `redirect_url` is the option: a whole URL (one without a path gets our callback's), a path on
    the asked host, or empty for our callback on the asked host. There, `https` is used wherever
    the sign-in cookie is `Secure`, because over `http` it would not come back. A loopback host
    keeps its scheme: browsers take `Secure` cookies there.
    """
    path = prefix + "/callback"
    if redirect_url and not redirect_url.startswith("/"):
        _, _, rest = redirect_url.partition("://")
        return _with(suffix, redirect_url if "/" in rest else redirect_url + path)
    scheme = "https" if cookie_secure and not is_loopback(asker.host) else asker.scheme
    return _with(suffix, f"{scheme}://{asker.host}{redirect_url or path}")


def _with(suffix: str, url: str) -> str:
    """Put `suffix` at the end of the path."""
    path, mark, query = url.partition("?")
    return path + suffix + mark + query


def is_loopback(host: str) -> bool:
    """Say whether an authority is this machine, where browsers take `Secure` cookies over http."""
    name = host[: host.rfind("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return name.lower() in _LOOPBACK_NAMES or name.lower().endswith(".localhost")
