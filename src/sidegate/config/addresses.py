"""Syntax of hosts, URLs and listening addresses, as far as a configuration names them.

Stricter than a URL library: what a person would not write on purpose is refused. Nothing is
resolved on the network.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from sidegate.config.findings import Malformed

# Fixed patterns over the operator's own text, linear in its length.
URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)"
    r"(?P<query>\?[^#]*)?(?P<fragment>#.*)?"
)
AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?")
LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
UNIX = re.compile(r"unix:(?://)?(/[^/,][^,]*)(?:,mode=0?([0-7]{3}))?")
PORT = re.compile(r"[0-9]{1,5}")
DESCRIPTOR = re.compile(r"fd:[0-9]{1,4}")

PORTS = 65535
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Url:
    """An absolute http or https URL. `host` has no brackets; `port` is filled in."""

    scheme: str
    host: str
    port: int
    path: str
    query: str
    fragment: str


def is_visible(text: str) -> bool:
    """Tell whether a text is printable ASCII without spaces."""
    return text.isascii() and all("!" <= character <= "~" for character in text)


def is_address(host: str) -> bool:
    """Tell whether a host is an IP address, without an IPv6 zone."""
    if "%" in host:
        return False
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_host(text: str) -> bool:
    """Tell whether a text is a host name or an IP address (IPv6 without brackets)."""
    if is_address(text):
        return True
    labels = text.removesuffix(".").split(".")
    looks_like_an_address = labels[-1].isascii() and labels[-1].isdigit()
    return (
        not looks_like_an_address
        and len(text) <= 253
        and all(LABEL.fullmatch(label) for label in labels)
    )


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine for certain: localhost, 127.0.0.0/8 or ::1."""
    return host.lower() == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def parse_authority(text: str, default_port: int) -> tuple[str, int]:
    """Split HOST[:PORT]; an IPv6 address stands in brackets. Raises Malformed."""
    match = AUTHORITY.fullmatch(text)
    if not match:
        raise Malformed("no HOST or HOST:PORT", "Write it as in app.example.com:8080.")
    host = match[1].strip("[]")
    if not is_host(host) or (match[1].startswith("[") and not is_six(host)):
        raise Malformed("the host is no host name or IP address", "Check its spelling.")
    port = int(match[2]) if match[2] else default_port
    if not 0 < port <= PORTS:
        raise Malformed("the port is not between 1 and 65535", "Check its digits.")
    return host, port


def is_six(host: str) -> bool:
    """Tell whether a host is an IPv6 address."""
    return is_address(host) and isinstance(ip_address(host), IPv6Address)


def parse_url(text: str) -> Url:
    """Read an absolute http or https URL without user information. Raises Malformed."""
    match = URL.fullmatch(text) if is_visible(text) else None
    if not match or match["scheme"].lower() not in DEFAULT_PORTS:
        raise Malformed("not an http or https URL", "Write it as in https://login.example.com.")
    if BAD_ESCAPE.search(text) or "\\" in text:
        raise Malformed("holds a broken escape or a backslash", "Write %25 for a percent sign.")
    if "@" in match["authority"]:
        raise Malformed("holds a user name", "Write only HOST or HOST:PORT after the slashes.")
    scheme = match["scheme"].lower()
    host, port = parse_authority(match["authority"], DEFAULT_PORTS[scheme])
    query, fragment = match["query"] or "", match["fragment"] or ""
    return Url(scheme, host, port, match["path"], query, fragment)


def parse_public_url(text: str) -> Url:
    """Read a URL that secrets travel to: https, or http on a loopback host. Raises Malformed."""
    url = parse_url(text)
    if url.scheme == "http" and not is_loopback(url.host):
        raise Malformed(
            "plain http is accepted on loopback hosts only", "Write https:// instead of http://."
        )
    if url.fragment:
        raise Malformed("holds a fragment (#...)", "Remove it.")
    return url


def parse_listener(text: str) -> str:
    """Bring a listening address into the form `Settings` uses. Raises Malformed.

    `HOST:PORT` (empty host: all addresses), `unix:///PATH[,mode=0600]`, `fd:N`, or empty for off.
    """
    if text in ("", "-"):
        return ""
    if not is_visible(text):
        raise Malformed("holds a space or a foreign letter", "Remove it.")
    if DESCRIPTOR.fullmatch(text):
        return text
    if match := UNIX.fullmatch(text):
        return f"unix://{match[1]}" + (f",mode=0{match[2]}" if match[2] else "")
    plain = text.removeprefix("http://").removeprefix("https://").removesuffix("/")
    host, colon, port = plain.rpartition(":")
    digits = PORT.fullmatch(port) and int(port) <= PORTS
    if not colon or not digits or not is_listening_host(host):
        raise Malformed(
            "no address to listen on",
            "Write HOST:PORT (127.0.0.1:4180, :4180, [::1]:4180), unix:///PATH or fd:N.",
        )
    return plain


def is_listening_host(host: str) -> bool:
    """Tell whether a listener can be bound there: nothing, a name, or an address in brackets."""
    if host.startswith("["):
        return host.endswith("]") and is_six(host[1:-1])
    return not host or (is_host(host) and ":" not in host)
