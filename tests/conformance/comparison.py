"""How answers of a running gate are compared with recorded ones.

A row names what oauth2-proxy answered. What it names has to be there; fields that only we send
(policies, our own names for the identity) may be there too. Values that change from run to run are
written as `OPAQUE`, `NONCE` and so on. What we read differently, and why, is said at each place.
"""

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.conformance.browser import Answer
from tests.conformance.upstream import Request

IGNORED = {
    "date",
    "etag",
    "last-modified",
    "accept-ranges",
    "content-length",
    "x-content-type-options",
    "accept-encoding",
    "user-agent",
}
# An own sign-in cookie for each attempt, named after its state, is our only way.
_ATTEMPT = re.compile(r"_[\w-]{8}_csrf=")
_TITLE = re.compile(r"<title>([^<]*)</title>")
_RD = re.compile(r"""href="[^"]*/start\?rd=([^"]*)\"""")
_STATUS = re.compile(r"\d{3}")
# A parameter of the time before OpenID Connect, deprecated by oauth2-proxy and never sent by us.
_NEVER_SENT = {"approval_prompt"}
# Whatever their values: `state` is only a handle with us.
_OPAQUE = {"state", "code_challenge", "nonce"}


def differences(expect: dict[str, Any], answer: Answer, reached: list[Request]) -> Iterator[str]:
    """Yield what is not as recorded."""
    if answer.status != expect["status"]:
        yield f"status {answer.status}, recorded {expect['status']}"
    for name, values in expect.get("headers", {}).items():
        if name.lower() not in IGNORED:
            yield from _field(name.lower(), values, answer)
    if "html_title" in expect:
        yield from _page(expect, answer)
    elif "body" in expect and not _is_redirect(answer):  # nobody reads the body of a redirect
        yield from _body(expect["body"], answer)
    yield from _upstream(expect.get("upstream"), reached)


def _is_redirect(answer: Answer) -> bool:
    return 300 <= answer.status < 400


def _body(wanted: str, answer: Answer) -> Iterator[str]:
    if _unescaped(answer.text) != _unescaped(wanted):
        yield f"body {answer.text!r}, recorded {wanted!r}"


def _field(name: str, values: list[str], answer: Answer) -> Iterator[str]:
    found = answer.all(name)
    match name:
        case "set-cookie":
            ours, theirs = set(map(_cookie, found)), set(map(_cookie, values))
            # We may clear more than is there; with `cookie_path` it need not have been sent.
            more = {one for one in ours - theirs if one[1] == "value"}
            if more or theirs - ours:
                yield f"cookies {sorted(ours)}, recorded {sorted(theirs)}"
        case "location":
            if _location(found[0] if found else "") != _location(values[0]):
                yield f"location {found}, recorded {values}"
        case "content-type" if _is_redirect(answer):
            return  # a redirect of ours has no body
        case "content-type":
            if _media(found) != _media(values):
                yield f"content-type {found}, recorded {values}"
        case _:
            if found != values:
                yield f"{name} {found}, recorded {values}"


def _media(values: list[str]) -> str:
    return values[0].lower() if values else ""


def _cookie(line: str) -> tuple[str, ...]:
    """Return name, whether it has a value, and attributes without their order."""
    pair, *attributes = [part.strip() for part in line.split(";")]
    name, _, value = _ATTEMPT.sub("_csrf=", pair).partition("=")
    said = sorted(attribute.lower() for attribute in attributes)
    return (name, "value" if value else "empty", *said)


def _location(url: str) -> tuple[str, frozenset[tuple[str, str]]]:
    parts = urlsplit(url)
    if not parts.scheme:
        return url, frozenset()
    query = parse_qsl(parts.query, keep_blank_values=True)
    said = {(n, "*" if n in _OPAQUE else _scopes(n, v)) for n, v in query if n not in _NEVER_SENT}
    return f"{parts.scheme}://{parts.netloc}{parts.path}", frozenset(said)


def _scopes(name: str, value: str) -> str:
    """Leave `openid` out of the scopes: the provider that rows stand for does not know it."""
    return " ".join(v for v in value.split(" ") if v != "openid") if name == "scope" else value


def _page(expect: dict[str, Any], answer: Answer) -> Iterator[str]:
    title = _TITLE.search(answer.text)
    wanted = expect["html_title"]
    if title is None:
        yield "no page"
    elif not _STATUS.match(wanted) and title[1] != wanted:  # the status was compared already
        yield f"title {title[1]!r}, recorded {wanted!r}"
    if wanted == "Sign In":
        link = _RD.search(answer.text)
        found = unquote(html.unescape(link[1])) if link else None
        if found != expect["html_rd"]:
            yield f"the page leads to {found!r}, recorded {expect['html_rd']!r}"


def _unescaped(text: str) -> str:
    """Return JSON text in which `<` and its like stand as they are, not escaped."""
    return re.sub(r"\\u00(3c|3e|26)", lambda found: chr(int(found[1], 16)), text)


def _upstream(expect: dict[str, Any] | None, reached: list[Request]) -> Iterator[str]:
    if expect is None:
        if reached:
            yield f"{reached[0].line} reached the application"
        return
    if not reached:
        yield "nothing reached the application"
        return
    request = reached[0]
    if request.line != expect["request_line"]:
        yield f"{request.line!r}, recorded {expect['request_line']!r}"
    if request.get("host") != expect["host"]:
        yield f"host {request.get('host')!r}, recorded {expect['host']!r}"
    for name, value in expect["headers"]:
        key = name.lower()
        if key in IGNORED or (key == "cookie" and value == "_oauth2_proxy=SESSION"):
            continue  # law 4: the application never sees our cookies
        if key == "content-length" or request.get(key) != value:
            yield f"{key} {request.get(key)!r}, recorded {value!r}"
