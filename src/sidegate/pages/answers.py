"""The answers of the gate: text, JSON, redirects, pages, and the fields that all of them carry.

Rule 1: nothing is stored (RFC 9111 section 5.2.2.5), sniffed, framed, or told on as a referrer,
        and nothing runs; `protected` and `redirect` are the only places that say so.
Rule 2: redirects have no body: nobody reads it, and what is not rendered cannot be injected.
"""

from http import HTTPStatus

import msgspec

from sidegate.core.errors import SidegateError
from sidegate.core.messages import Response

Headers = list[tuple[str, str]]

# The set of oauth2-proxy, spelling included: some caches in front of applications know only one
# of them. The date is one that every reader takes for "expired".
_NO_STORE: Headers = [
    ("Cache-Control", "no-cache, no-store, must-revalidate, max-age=0"),
    ("Expires", "Thu, 01 Jan 1970 00:00:00 UTC"),
    ("X-Accel-Expires", "0"),
]
# RFC 6750 section 3.1. It says no more: why a token is refused is for the log.
INVALID_TOKEN = ("WWW-Authenticate", 'Bearer error="invalid_token"')
NOSNIFF = ("X-Content-Type-Options", "nosniff")
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PROTECTION: Headers = [
    NOSNIFF,
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    *_NO_STORE,
]


def protected(status: int, kind: str, body: bytes, policy: str = _NOTHING) -> Response:
    """Return an answer that is safe in any browser. `kind`: its media type.

    `policy`: the Content-Security-Policy of a page; anything else needs nothing.
    """
    headers = [("Content-Type", kind), ("Content-Security-Policy", policy), *_PROTECTION]
    return Response(status, headers, body)


def set_cookies(values: list[str]) -> Headers:
    """Return one `Set-Cookie` field per value (RFC 6265 section 3: never folded together)."""
    return [("Set-Cookie", value) for value in values]


def retry_after(error: SidegateError) -> Headers:
    """Return when to come again, for an error that knows (RFC 9110 section 10.2.3)."""
    return [("Retry-After", str(error.wait))] if error.wait else []


def redirect(location: str, cookies: list[str], status: int = HTTPStatus.FOUND) -> Response:
    """Send the browser to `location`, which was validated or made by us.

    Without a referrer: the address that answers may hold a code (RFC 9700 section 4.2.4).
    """
    headers = [("Location", location), ("Content-Security-Policy", _NOTHING), *_PROTECTION]
    return Response(status, headers + set_cookies(cookies))


def text(status: int, body: str) -> Response:
    """Return plain text, as health checks and proxies that ask us expect it."""
    return protected(status, "text/plain; charset=utf-8", body.encode())


def json(status: int, value: object) -> Response:
    """Return `value` as JSON."""
    return protected(status, "application/json", msgspec.json.encode(value))


def json_refusal(status: int) -> Response:
    """Refuse an API client with 401 or 403. The empty object is what clients know."""
    return json(status, {})


def json_error(status: int, code: str, request_id: str, **more: str) -> Response:
    """Tell an API client what went wrong: the stable code, and what to look for in the log."""
    return json(status, {"error": code, "request_id": request_id, **more})


def method_not_allowed(allow: str) -> Response:
    """Refuse a method here; `allow` lists those that would do (RFC 9110 section 15.5.6)."""
    response = text(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed\n")
    response.headers.append(("Allow", allow))
    return response
