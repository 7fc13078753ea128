r"""The whole gate behind a `Wire`: real settings, real wiring, and a provider that is a stand-in.

    with Wire(gate := proxy("--upstream=http://app.test/"), refuse=gate.refuse) as wire:
        wire.client_sends(b"GET / HTTP/1.1\r\nHost: a\r\nCookie: " + cookie_for(gate) + END)
        assert b"X-Forwarded-User: alice" in wire.upstream_got()

Only the provider and the clock are ours, and the logs are off.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sidegate.app.base import Base
from sidegate.app.config_file import ConfigFile
from sidegate.app.observation import Observation
from sidegate.app.sessions import stores_of
from sidegate.app.wiring import build
from sidegate.config.load import load
from sidegate.core.errors import BearerRejected, GrantRejected, IdTokenRejected, SidegateError
from sidegate.core.identity import Grant, Identity, Session, Tokens, VerifiedToken
from sidegate.core.messages import Exchange, Plan, Response
from sidegate.core.ports import Attempt, Logout, TokenVerifier
from sidegate.core.providers import Providers
from sidegate.core.secret import Secret
from sidegate.frontends.health import Health
from sidegate.net.streams import Streams
from sidegate.net.tasks import Tasks
from sidegate.observe.health import providers_away
from sidegate.session.keyring import KeyRing
from tests.kit.at_once import at_once

NOW = 1_795_000_000.0
HOST = b"app.test"
END = b"\r\n\r\n"
ALICE = Identity("sub-1", "alice@example.com", "alice", ("staff", "ops"))
FLAGS = (
    "--client-id=app",
    "--client-secret=client-s3cret",
    "--cookie-secret=0123456789abcdef0123456789abcdef",
    "--oidc-issuer-url=https://idp.test",
    "--email-domain=example.com",
    "--request-logging=false",
    "--auth-logging=false",
    "--standard-logging=false",
)
UPSTREAM = "--upstream=http://127.0.0.1:8080/"


@dataclass
class FakeProvider:
    """Signs in and renews as told. `renewal`: what a refresh gives, None when the grant is over."""

    id: str = "oidc"
    display_name: str = "Example ID"
    unready: str = ""
    grant: Grant = field(default_factory=lambda: Grant(ALICE, Tokens()))
    renewal: Grant | None = None
    refreshed: int = 0
    said: Logout | None = None  # by whatever logout token comes
    issuer: str = "https://idp.test"

    def unready_reason(self) -> str:
        return self.unready

    def authorization_url(self, attempt: Attempt, *, login_hint: str = "") -> str:
        del login_hint
        return f"https://idp.test/auth?state={attempt.state}"

    def check_issuer(self, issuer: str | None) -> None:
        assert issuer in (None, "https://idp.test")

    async def redeem(self, code: str, attempt: Attempt) -> Grant:
        assert code
        assert attempt.verifier
        return self.grant

    async def refresh(self, session: Session) -> Grant:
        self.refreshed += 1
        await asyncio.sleep(0)
        if self.renewal is None:
            raise GrantRejected(session.id)
        return self.renewal

    def end_session_url(self, session: Session | None, return_to: str) -> str | None:
        del session, return_to
        return None

    def speaks_as(self, issuer: str) -> bool:
        return issuer == self.issuer

    async def verify_logout(self, token: Secret[str]) -> Logout:
        assert token
        if self.said is None:
            raise IdTokenRejected("nothing was said")
        return self.said


class FakeTokens:
    """Verifies tokens as told: what is not in `known` is refused; an exception is raised."""

    def __init__(self, **known: VerifiedToken | Exception) -> None:
        self.known = known
        self.asked: list[str] = []

    async def verify(self, token: Secret[str]) -> VerifiedToken:
        self.asked.append(token.reveal())
        await asyncio.sleep(0)
        found = self.known.get(token.reveal(), BearerRejected("unknown here"))
        if isinstance(found, Exception):
            raise found
        return found


class Proxy:
    """The handler of a gate as `sidegate.app` builds it. `now` is its clock, `base` its parts.

    `toml`: a configuration file, for what flags cannot say, such as an empty entry of a list.
    `tokens` verifies what programs bring in Authorization.
    """

    def __init__(
        self,
        *flags: str,
        toml: str = "",
        tokens: TokenVerifier | None = None,
        config_file: ConfigFile | None = None,
    ) -> None:
        self.now = NOW
        self.provider = FakeProvider()
        self.reported: list[BaseException] = []
        self.tasks = Tasks(self.reported.append)
        self.not_ready: list[str] = []
        upstream = () if any(flag.startswith("--upstream=") for flag in flags) else (UPSTREAM,)
        given = [*FLAGS, *upstream, *flags, *(["--config=gate.toml"] if toml else [])]
        settings = load(given, {}, lambda path: _file(path, toml)).settings
        clock = lambda: self.now  # noqa: E731 - `now` moves
        observation = Observation(settings, clock)
        self.base = Base(
            settings,
            observation,
            Providers([self.provider]),
            clock,
            self.tasks.spawn,
            Health(lambda: self.not_ready, lambda: providers_away([self.provider])),
            KeyRing(settings.cookie.cookie_secrets, os.urandom),
            Streams(
                lambda: 0.0, clock, self.tasks.spawn, settings.logout.websocket_recheck
            ),  # `Wire` gives it its time
            tokens,
            config_file=config_file,
        )
        self.streams = self.base.streams
        self._proxy, self._refusals = build(self.base)

    def __call__(self, exchange: Exchange) -> Plan:
        """Return the plan for a request."""
        return self._proxy(exchange)

    def refuse(self, error: SidegateError, exchange: Exchange | None) -> Response:
        """Return the answer for an error."""
        return self._refusals.error(error, exchange)


def proxy(*flags: str, toml: str = "", tokens: TokenVerifier | None = None) -> Proxy:
    """Return the handler of a gate with these flags; the upstream is 127.0.0.1:8080."""
    return Proxy(*flags, toml=toml, tokens=tokens)


def session_of(gate: Proxy, **changes: Any) -> Session:
    """Return a session of ALICE that began just now, with these changes."""
    now = gate.now
    session = Session("sid-1", "oidc", ALICE, Tokens(), now, now, now + 3600)
    return replace(session, **changes)


def cookie_for(gate: Proxy, **changes: Any) -> bytes:
    """Return the Cookie value of a browser with such a session; `session_of` takes `changes`."""
    sessions, _ = stores_of(gate.base)
    lines = at_once(sessions.save(session_of(gate, **changes), HOST.decode(), None))
    return "; ".join(line.partition(";")[0] for line in lines).encode()


def renewable(**changes: Any) -> Tokens:
    """Return tokens with which a session can be renewed."""
    return replace(Tokens(refresh_token=Secret("refresh-1")), **changes)


def request(
    target: bytes = b"/",
    *lines: bytes,
    cookie: bytes = b"",
    method: bytes = b"GET",
    host: bytes = HOST,
    body: bytes = b"",
) -> bytes:
    """Return the bytes of a request with these further header lines."""
    head = [b"%b %b HTTP/1.1" % (method, target), b"Host: " + host, *lines]
    if cookie:
        head.append(b"Cookie: " + cookie)
    return b"\r\n".join(head) + END + body


def sent_fields(raw: bytes) -> list[tuple[str, str]]:
    """Return (lower-case name, value) of each header line of one head, in order."""
    lines = raw.partition(END)[0].decode("latin-1").split("\r\n")[1:]
    return [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]


def _file(path: str, toml: str) -> bytes:
    """Return a real file, `toml`, or something: of what is neither nobody reads the content."""
    return Path(path).read_bytes() if Path(path).is_file() else (toml or path).encode()
