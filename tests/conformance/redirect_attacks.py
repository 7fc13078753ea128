"""One return address on every place that takes one, and where the browser is sent in the end."""

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

from tests.conformance.attacks import CALLBACK, Play
from tests.conformance.browser import NAVIGATION, Answer
from tests.conformance.gates import StartRefused

FORM = ("Content-Type", "application/x-www-form-urlencoded")
OWN = ("Origin", "https://app.example.com")
# What a request line can carry (RFC 9112 section 3.2), and a field value.
_TARGET = re.compile(r"/[!-~]*")
_FIELD = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_ABSOLUTE = re.compile(r"https?://([a-z0-9.-]+)(?::\d+)?(?:[/?#].*)?")
_RELATIVE = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def play_redirects(row: dict[str, Any], begin: Callable[[], Play]) -> None:
    """Play a row over all sinks. Raises AssertionError for a place that judges differently."""
    expect = dict(row["expect"])
    try:
        play = begin()
    except StartRefused:
        assert expect["verdict"] == "reject", "the gate refuses to start"
        return
    for step in row["requests"]:
        if step["op"] == "request":  # the row has a place of its own
            body = step.get("body", "")
            location = _signed_in(play, step["path"], method=step["method"], body=body)
            assert location in {"/", "/ok"}, f"{step['path']} led to {location!r}"
            continue
        for where, location, fallbacks in _sinks(play, step["rd"]):
            _judge(expect, step["rd"], where, location, fallbacks)
    for answer in play.answers:
        head = answer.raw.decode("latin-1").lower()
        assert answer.status < 500, answer.status
        assert not [text for text in expect.get("client_must_not_see", ()) if text in head]
    play.gate.hang_up()


def _judge(expect: dict[str, Any], rd: str, where: str, location: str, fallbacks: set[str]) -> None:
    verdict = expect.get("verdict", "safe")
    if where.startswith("field") and rd != rd.strip():
        verdict = "safe"  # a field loses the blanks around it, and is another text then
    if where == "field of the forwarded path" and not rd.startswith("/"):
        verdict = "safe"  # only a path can have been asked for, and no more is promised
    if where == "query of the callback":
        verdict = "reject"  # the address was chosen before the person left
    found = f"{where}: {rd!r} led to {location!r}"
    if verdict == "allow":
        assert location == rd, found
    elif verdict == "reject":
        assert location in fallbacks, found
    else:
        assert location in fallbacks or location == rd, found
        assert _is_safe(location), found


def _is_safe(location: str) -> bool:
    """Say whether every browser stays on our host or one below example.com (WHATWG URL)."""
    if _RELATIVE.fullmatch(location):
        return True
    host = _ABSOLUTE.fullmatch(location)
    return bool(host) and (f".{host[1]}").endswith(".example.com")


def _sinks(play: Play, rd: str) -> Iterator[tuple[str, str, set[str]]]:
    """Yield the name of a place, where it led, and where it leads when it refuses."""
    query = "rd=" + quote(rd, safe="", errors="surrogatepass")
    for path in ("/oauth2/start", "/oauth2/sign_in"):
        yield f"query of {path}", _signed_in(play, f"{path}?{query}"), {"/"}
    application = f"/x?{query}"
    yield "query of the application", _signed_in(play, application), {"/", application}
    if _FIELD.fullmatch(rd) and rd.isascii():
        redirect = ("X-Auth-Request-Redirect", rd)
        yield "field on start", _signed_in(play, "/oauth2/start", redirect), {"/"}
        yield "field on a page", _signed_in(play, "/x", redirect), {"/", "/x"}
        forwarded = ("X-Forwarded-Uri", rd)
        yield "field of the forwarded path", _signed_in(play, "/oauth2/start", forwarded), {"/"}
    if _TARGET.fullmatch(rd) and "#" not in rd and not rd.startswith("/oauth2/"):
        yield "the original path", _signed_in(play, rd), {"/", _plain(rd)}
    yield from _sign_outs(play, query)
    yield "query of the callback", _signed_in(play, "/oauth2/start", extra=("rd", rd)), {"/"}


def _plain(path: str) -> str:
    """Return a path without empty and dot segments: on our host, whatever it looked like."""
    path, mark, query = path.partition("?")
    return posixpath.normpath(f"/{path.lstrip('/')}") + mark + query


def _sign_outs(play: Play, query: str) -> Iterator[tuple[str, str, set[str]]]:
    browser = play.gate.browser()
    answer = browser.get(f"/oauth2/sign_out?{query}")
    yield "query of sign-out", _location(play, answer), {"/"}
    answer = browser.ask("POST", "/oauth2/sign_out", *NAVIGATION, FORM, OWN, body=query.encode())
    yield "form of sign-out", _location(play, answer), {"/"}


def _location(play: Play, answer: Answer) -> str:
    play.answers.append(answer)
    return answer.get("location")


def _signed_in(
    play: Play,
    target: str,
    *fields: tuple[str, str],
    extra: tuple[str, str] | None = None,
    method: str = "GET",
    body: str = "",
) -> str:
    """Begin at a target, sign in, and return where the browser is sent in the end."""
    browser = play.gate.browser()
    if method == "POST":
        fields = (*fields, FORM, OWN)
    answer = browser.ask(method, target, *NAVIGATION, *fields, body=body.encode())
    play.answers.append(answer)
    if answer.status == 400:
        return "/"  # the message itself was refused
    if answer.status == 301:  # first to a plain path on our host, which begins the sign-in
        answer = browser.get(answer.get("location"))
        play.answers.append(answer)
    back = play.idp.authorize(answer.get("location"), "alice@example.com")
    parameters = [*back.parameters, *([extra] if extra else [])]
    answer = browser.get(f"{CALLBACK}?{urlencode(parameters, errors='surrogatepass')}")
    play.answers.append(answer)
    browser.close()
    assert answer.status == 302, f"{target}: {answer.status}"
    return answer.get("location")
