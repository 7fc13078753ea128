"""The few questions one layer asks another, so that neither imports the other's sockets."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from sidegate.core.identity import Grant, Session, VerifiedToken
from sidegate.core.secret import Secret

Clock = Callable[[], float]
"""Seconds since the epoch (`time.time`), handed in so that tests can move it."""

Randomness = Callable[[int], bytes]
"""That many unpredictable bytes (`os.urandom`), handed in so that tests can fix it."""


Turn = AbstractAsyncContextManager[Any, bool | None]
"""One at a time: an asyncio.Lock, handed to those who know no event loop."""


PURPOSES = ("discovery", "keys", "token", "userinfo", "introspection", "api")
"""What a provider is asked for: its documents, tokens, or what else it knows of people."""


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """A call to an identity provider. `timeout`: seconds in all; `limit`: body bytes.

    `purpose`: what is asked for, one of `PURPOSES`, for whoever counts.
    `is_idempotent`: a POST that may be sent twice, as a question may. What redeems a code or a
    refresh token is none.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    timeout: float = 10.0
    limit: int = 1 << 20
    is_idempotent: bool = False
    purpose: str = "api"

    @property
    def may_be_repeated(self) -> bool:
        """Say whether sending it again does no harm (RFC 9110 section 9.2.2)."""
        return self.method == "GET" or self.is_idempotent


@dataclass(frozen=True, slots=True)
class FetchResponse:
    """Its answer. Header names are lower-case; redirects are not followed, they are answers."""

    status: int
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Fetch(Protocol):
    """Does one HTTP call. Raises ProviderUnavailable or ProviderMisbehaved, nothing else."""

    async def __call__(self, request: FetchRequest, /) -> FetchResponse:
        """Send the request and return whatever status comes back."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in on its way: everything the callback needs, sealed in a cookie of its own.

    `state` is what the browser carries through the provider, a random handle and nothing else.
    `created_at`: seconds since the epoch. `return_url` was validated before it was sealed.
    `rounds`: sign-ins for the same address that were finished just before (`login.loops`).
    """

    state: str
    nonce: str
    verifier: Secret[str]
    return_url: str
    redirect_uri: str
    provider: str
    created_at: float
    rounds: int = 0


class Provider(Protocol):
    """An identity provider. Does no I/O of its own: it was handed a `Fetch`."""

    @property
    def id(self) -> str:
        """The stable name kept in attempts and sessions."""

    @property
    def display_name(self) -> str:
        """The name on the sign-in button."""

    def unready_reason(self) -> str:
        """Say why nobody can sign in right now, or empty text when somebody can."""

    def authorization_url(self, attempt: Attempt, *, login_hint: str = "") -> str:
        """Return where the browser goes to sign in. Raises ProviderUnavailable before discovery.

        `login_hint`: who probably signs in (OpenID Connect Core section 3.1.2.1), one line.
        """

    def check_issuer(self, issuer: str | None) -> None:
        """Compare `iss` of a callback (RFC 9207). Raises IssuerMismatch."""

    async def redeem(self, code: str, attempt: Attempt) -> Grant:
        """Exchange the code and verify what comes. Raises SignInError or ProviderError."""

    async def refresh(self, session: Session) -> Grant:
        """Renew with the refresh token, or ask again (`Tokens.renews_by_asking`); same subject.

        Raises GrantRejected for good, ProviderUnavailable for now, IdTokenRejected or
        ProviderMisbehaved for a bad answer.
        """

    def end_session_url(self, session: Session | None, return_to: str) -> str | None:
        """Return where to sign out at the provider (RP-Initiated Logout), or None."""


class DiscoveredProvider(Provider, Protocol):
    """A provider whose addresses and keys are learned, or checked, before anybody can sign in."""

    async def discover(self) -> None:
        """Try once. Raises ProviderError; the application repeats it, what was known stays."""


@dataclass(frozen=True, slots=True)
class Logout:
    """What a provider said of its own accord: somebody signed out there.

    `session_id` is the session at the provider (`sid`) that ended; where it is empty, every
    session of `user` did. `token_id` tells one message from another (`jti`).
    """

    provider: str
    token_id: str
    user: str = ""
    session_id: str = ""


@runtime_checkable
class LogoutVerifier(Protocol):
    """A provider whose word counts when it says that somebody signed out there."""

    @property
    def id(self) -> str:
        """The name kept in sessions."""

    @property
    def issuer(self) -> str:
        """The issuer of the configuration."""

    def speaks_as(self, issuer: str) -> bool:
        """Say whether a token of this issuer is one of this provider, should it be genuine."""

    async def verify_logout(self, token: Secret[str], /) -> Logout:
        """Return what a logout token says. Raises SignInError, or ProviderError for now."""


class TokenVerifier(Protocol):
    """Says whose token a client brought. Does no I/O of its own: it was handed a `Fetch`."""

    async def verify(self, token: Secret[str], /) -> VerifiedToken:
        """Return what the token says. Raises SignInError, or ProviderError when nobody can tell."""
