"""Checks of the applications behind the gate."""

import re

from sidegate.config.addresses import Url, parse_url
from sidegate.config.findings import Findings, Malformed
from sidegate.config.settings import Upstream
from sidegate.config.values import Values
from sidegate.core.messages import Origin

STATIC = re.compile(r"static://([1-9][0-9]{2})(/[^?#]*)?")
SOCKET = re.compile(r"unix:(?://)?(/[^/:?#][^:?#]*)(?::(/[^?#]*))?")
AMBIGUOUS = re.compile(r"//|[\\;%]|/\.\.?(?:/|\Z)")
REMEDY = "Write http://HOST:PORT[/PATH], https://..., unix:///SOCKET[:/PATH] or static://STATUS."


def check_upstream(values: Values, findings: Findings) -> dict[str, object]:
    """Check where requests go; return the upstreams as the program sees them."""
    if not values.is_on("skip_auth_strip_headers"):
        findings.refuse(
            values.place("skip_auth_strip_headers"),
            "identity headers that a client sends are always removed",
            "Remove it; otherwise the application could not believe the headers.",
        )
    if not values.items_of("upstreams"):
        findings.warn(
            values.place("upstreams"), "no upstream: good for forward-auth, else every path is 404"
        )
    return {
        "upstreams": resolve_upstreams(values, findings),
        "pass_user_headers": values.is_on("pass_user_headers") or values.is_on("pass_basic_auth"),
    }


def resolve_upstreams(values: Values, findings: Findings) -> tuple[Upstream, ...]:
    """Read every upstream; two of them cannot have one path."""
    place = values.place("upstreams")
    verify = not values.is_on("ssl_upstream_insecure_skip_verify")
    by_path: dict[str, Upstream] = {}
    for text in values.items_of("upstreams"):
        try:
            upstream = parse_upstream(text, verify=verify)
        except Malformed as reason:
            findings.refuse(place, f'upstream "{without_user(text)}": {reason.what}', reason.remedy)
            continue
        if upstream.path in by_path:
            findings.refuse(
                place,
                f"two upstreams for the path {upstream.path}",
                "Give each upstream its own path at the end of its address.",
            )
        by_path[upstream.path] = upstream
    return tuple(by_path.values())


def without_user(text: str) -> str:
    """Cut a user name and password out of an address, so that it can be shown."""
    scheme, slashes, rest = text.partition("://")
    return f"{scheme}{slashes}***{rest[rest.rindex('@') :]}" if "@" in rest else text


def parse_upstream(text: str, *, verify: bool) -> Upstream:
    """Read one upstream. Raises Malformed.

    The path of its address is the route, `/` where there is none. `verify`: check the
    certificate of an https upstream.
    """
    if match := STATIC.fullmatch(text):
        return Upstream(path=checked_path(match[2]), origin=None, static_status=int(match[1]))
    if match := SOCKET.fullmatch(text):
        origin = Origin("http", "localhost", 80, socket_path=match[1])
        return Upstream(path=checked_path(match[2]), origin=origin)
    if text.startswith("file:"):
        raise Malformed("file:// is known but not built into this version", "Remove it.")
    scheme = text.partition("://")[0] if "://" in text else ""
    if scheme.lower() not in ("http", "https"):
        what = f"scheme {scheme} is not supported" if scheme else "no scheme"
        raise Malformed(what, REMEDY)
    return from_url(parse_url(text), verify=verify)


def from_url(url: Url, *, verify: bool) -> Upstream:
    """Turn an http or https URL into an upstream. Raises Malformed."""
    if url.query or url.fragment:
        raise Malformed("holds a query or fragment", REMEDY)
    origin = Origin(url.scheme, url.host, url.port, verify=verify or url.scheme == "http")
    return Upstream(path=checked_path(url.path), origin=origin)


def checked_path(path: str | None) -> str:
    """Return a route path. Raises Malformed for one that no unambiguous request could match."""
    if path and AMBIGUOUS.search(path):
        raise Malformed(
            "its path holds //, dot segments, a backslash, a semicolon or an escape",
            "Write the path plainly, as in /app/.",
        )
    return path or "/"
