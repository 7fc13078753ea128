"""Addresses of an identity provider: which are acceptable, and how parameters are added."""

from urllib.parse import quote, unquote_plus, urlencode, urlsplit

_FIRST_PRINTABLE, _LAST_PRINTABLE = "!", "~"


def endpoint_fault(url: str) -> str:
    """Say what is wrong with an endpoint's address, or return empty text when it may be used.

    https everywhere, http on loopback hosts only (a demo, a test, a sidecar). No user name, no
    fragment, printable ASCII only.
    """
    if not all(_FIRST_PRINTABLE <= char <= _LAST_PRINTABLE and char != "\\" for char in url):
        return "has characters that no address may have"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "is not an address"
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    faults = (
        ("has no host", not host or port == 0),
        ("has a user name", "@" in parts.netloc),
        ("has a fragment", "#" in url),
        ("is not https", not is_safe),
    )
    return next((fault for fault, holds in faults if holds), "")


def is_loopback(host: str) -> bool:
    """Say whether a host name can only mean this machine (RFC 6761 section 6.3)."""
    octets = host.split(".")
    is_ipv4 = len(octets) == 4 and all(o.isascii() and o.isdigit() for o in octets)
    return host in {"localhost", "::1"} or (is_ipv4 and octets[0] == "127")


def with_parameters(url: str, parameters: list[tuple[str, str]]) -> str:
    """Return `url` with the parameters appended; its own query stays (RFC 6749 section 3.1).

    A parameter of its own query that we set too is left out: none may come twice.
    """
    ours = {name for name, _ in parameters}
    base, _, query = url.partition("?")
    kept = [
        pair
        for pair in query.split("&")
        if pair and unquote_plus(pair.partition("=")[0]) not in ours
    ]
    return base + "?" + "&".join([*kept, urlencode(parameters, quote_via=quote)])


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address that `endpoint_fault` found nothing wrong with."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
