"""A browser of few words: follows redirects, keeps cookies, signs in at the provider's form."""

from __future__ import annotations

import http.client
import json
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from peers import Peer, World

_MAX_STEPS = 12
_NOT_REDIRECTED = 300


class SignInError(Exception):
    """The way through the provider did not end at the application with the right identity."""


class Browser:
    """Cookies by host and port (real browsers mix ports), and one connection for each."""

    def __init__(self) -> None:
        self._cookies: dict[str, dict[str, str]] = {}
        self._connections: dict[str, http.client.HTTPConnection] = {}

    def cookies(self, netloc: str) -> str:
        """Value of the Cookie field for requests to `netloc`."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies[netloc].items())

    def request(self, method: str, url: str, body: str | None = None) -> tuple[int, str, str]:
        """Send one request; return status, Location (absolute, or empty) and body."""
        parts = urlsplit(url)
        connection = self._connections.setdefault(
            parts.netloc, http.client.HTTPConnection(parts.netloc, timeout=20)
        )
        jar = self._cookies.setdefault(parts.netloc, {})
        fields = {"Accept": "text/html", "Cookie": self.cookies(parts.netloc)}
        if body is not None:
            fields["Content-Type"] = "application/x-www-form-urlencoded"
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request(method, target, body, {k: v for k, v in fields.items() if v})
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        for line in response.headers.get_all("Set-Cookie", []):
            _keep(jar, line)
        location = response.headers.get("Location")
        return response.status, urljoin(url, location) if location else "", text

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections.values():
            connection.close()


def sign_in(peer: Peer, world: World, email: str) -> str:
    """Sign `email` in at `peer` and return the Cookie field of its session.

    Raises SignInError unless the application then saw exactly this identity.
    """
    browser = Browser()
    try:
        _register(world, email)
        answer = _follow(browser, f"http://127.0.0.1:{peer.port}{peer.sign_in_path}", world, email)
        if answer != email:
            raise SignInError(f"{peer.title}: the application saw {answer[:200]!r}, not {email}")
        return browser.cookies(f"127.0.0.1:{peer.port}")
    finally:
        browser.close()


def _register(world: World, email: str) -> None:
    """Tell the provider who `email` is."""
    claims = {"email": email, "email_verified": True, "name": "Ada", "groups": ["staff", "ops"]}
    connection = http.client.HTTPConnection(f"127.0.0.1:{world.provider_port}", timeout=20)
    body = json.dumps(claims)
    connection.request("PUT", f"/users/{email}", body, {"Content-Type": "application/json"})
    if connection.getresponse().status >= _NOT_REDIRECTED:
        raise SignInError("the identity provider did not take the user")
    connection.close()


def _follow(browser: Browser, url: str, world: World, email: str) -> str:
    """Go from page to page until one has no redirect; fill in the provider's form on the way."""
    method, body = "GET", None
    for _ in range(_MAX_STEPS):
        status, location, text = browser.request(method, url, body)
        method, body = "GET", None
        if location and status >= _NOT_REDIRECTED:
            url = location
        elif url.startswith(world.issuer) and status == http.client.OK:
            method, body = "POST", urlencode({"sub": email})
        elif status == http.client.OK:
            return text
        else:
            raise SignInError(f"{url.partition('?')[0]} answered {status}: {text[:300]}")
    raise SignInError(f"more than {_MAX_STEPS} steps, the last to {url.partition('?')[0]}")


def _keep(jar: dict[str, str], line: str) -> None:
    """Take one Set-Cookie field over into the jar."""
    for name, morsel in SimpleCookie(line).items():
        if not morsel.value or morsel["max-age"] == "0" or "1970" in morsel["expires"]:
            jar.pop(name, None)
        else:
            jar[name] = morsel.value
