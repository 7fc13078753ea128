"""The plain answers of the gate: text, JSON, redirects, and the fields they carry.

Redirects have no body: nobody reads it, and what is not rendered cannot be injected.
"""

from http import HTTPStatus

import msgspec

from sidegate.core.messages import Response

Headers = list[tuple[str, str]]

# The set of oauth2-proxy, spelling included: some caches in front of applications know only one
# of them. The date is one that every reader takes for "expired".
_NO_STORE: Headers = [
    ("Cache-Control", "no-cache, no-store, must-revalidate, max-age=0"),
    ("Expires", "Thu, 01 Jan 1970 00:00:00 UTC"),
    ("X-Accel-Expires", "0"),
]
NOSNIFF = ("X-Content-Type-Options", "nosniff")


def no_store() -> Headers:
    """Return the fields that keep an answer out of every cache (RFC 9111 section 5.2.2.5)."""
    return list(_NO_STORE)


def set_cookies(values: list[str]) -> Headers:
    """Return one `Set-Cookie` field per value (RFC 6265 section 3: never folded together)."""
    return [("Set-Cookie", value) for value in values]


def redirect(location: str, cookies: list[str], status: int = HTTPStatus.FOUND) -> Response:
    """Send the browser to `location`, which was validated or made by us."""
    return Response(status, [("Location", location), *no_store(), *set_cookies(cookies)])


def text(status: int, body: str) -> Response:
    """Return plain text, as health checks and proxies that ask us expect it."""
    headers = [("Content-Type", "text/plain; charset=utf-8"), NOSNIFF]
    return Response(status, headers, body.encode())


def json(status: int, value: object) -> Response:
    """Return `value` as JSON, never stored."""
    headers = [("Content-Type", "application/json"), NOSNIFF, *no_store()]
    return Response(status, headers, msgspec.json.encode(value))


def json_refusal(status: int) -> Response:
    """Refuse an API client with 401 or 403. The empty object is what clients know."""
    return json(status, {})


def json_error(status: int, code: str, request_id: str) -> Response:
    """Tell an API client what went wrong: the stable code, and what to look for in the log."""
    return json(status, {"error": code, "request_id": request_id})


def method_not_allowed(allow: str) -> Response:
    """Refuse a method here; `allow` lists those that would do (RFC 9110 section 15.5.6)."""
    response = text(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed\n")
    response.headers.append(("Allow", allow))
    return response
