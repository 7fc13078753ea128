"""What the tests of the stores share: settings, sessions and a browser's cookie jar."""

import os

from sidegate.config.settings import CookieSettings
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.secret import Secret
from sidegate.session.bound import BoundSealer
from sidegate.session.keyring import KeyRing, Sealer

NOW = 1_800_000_000.0
SECRET = Secret(b"k" * 32)
RING = KeyRing([SECRET], os.urandom)
HOST = "app.test"

DEFAULTS: dict[str, object] = {
    "cookie_name": "_oauth2_proxy",
    "cookie_secrets": (SECRET,),
    "cookie_secret_file": "",
    "cookie_secret_grace": 60.0,
    "cookie_domains": (),
    "cookie_path": "/",
    "cookie_expire": 604800.0,
    "cookie_refresh": 3600.0,
    "cookie_secure": True,
    "cookie_httponly": True,
    "cookie_samesite": "lax",
    "cookie_csrf_expire": 900.0,
    "cookie_csrf_samesite": "",
    "cookie_csrf_per_request_limit": 3,
    "session_cookie_minimal": False,
    "session_idle_timeout": 0.0,
}


def settings(**changes: object) -> CookieSettings:
    """Return the settings of a deployment with these changes."""
    return CookieSettings(**(DEFAULTS | changes))  # type: ignore[arg-type] # a table of fields


def session(refresh_token: str = "r", **changes: object) -> Session:
    """Return a session that was signed in just now."""
    fields: dict[str, object] = {
        "id": "session-1",
        "provider": "oidc",
        "identity": Identity("alice", "alice@example.com"),
        "tokens": Tokens(refresh_token=Secret(refresh_token)),
        "created_at": NOW,
        "refreshed_at": NOW,
        "ends_at": NOW + 604800.0,
    }
    return Session(**(fields | changes))  # type: ignore[arg-type] # a table of fields


class Jar:
    """The cookies of one browser on one host; knows Max-Age=0 and nothing else."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def take(self, lines: list[str]) -> None:
        """Obey the Set-Cookie values of one answer."""
        for line in lines:
            pair, *attributes = line.split("; ")
            name, _, value = pair.partition("=")
            if "Max-Age=0" in attributes:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    @property
    def header(self) -> bytes:
        """The Cookie header of the next request."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items()).encode()


def bound(sealer: Sealer, binding: bytes = b"") -> BoundSealer:
    """Return the sealer of a gate with one provider, whose id is `oidc`."""
    return BoundSealer(sealer, {"oidc": binding})
