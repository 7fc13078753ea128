"""Who somebody is, and the session that says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from sidegate.core.secret import Secret

BY_FILE: Final = "htpasswd:"
"""How `Session.provider` begins when the password file vouched for somebody, and no provider."""

NO_CLAIMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Identity:
    """The person as the identity provider described them.

    `user` is the provider's stable subject (`sub`), never empty. The others may be empty text:
    rules that need an email refuse such a person, the rest do not care. `claims`: the texts of
    those other claims that a rule or a header asks for; a claim without any is not in it.
    """

    user: str
    email: str = ""
    preferred_username: str = ""
    groups: tuple[str, ...] = ()
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: NO_CLAIMS, hash=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint gave. Only what some option uses is kept in a session.

    `expires_at`: end of the access token in seconds since the epoch, or None when unknown.
    `renews_by_asking`: there is no refresh token, and the provider wants to be asked again about
    the person with the access token, which is kept for that.
    """

    access_token: Secret[str] | None = None
    id_token: Secret[str] | None = None
    refresh_token: Secret[str] | None = None
    expires_at: float | None = None
    renews_by_asking: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """The outcome of a sign-in or a refresh at the provider: a verified person and their tokens.

    `session_id` is the provider's `sid` claim, or empty text (OpenID Connect Back-Channel Logout).
    `trouble`: the stable code of what went wrong and ended nothing, for the log; else empty text.
    """

    identity: Identity
    tokens: Tokens
    session_id: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What a token that a client brought says, after it was verified: who, and until when.

    `expires_at`: seconds since the epoch, or None where nobody said. `provider`: the id of the
    provider that vouches for it, or the issuer of one at which nobody signs in.
    """

    identity: Identity
    expires_at: float | None = None
    provider: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """One signed-in browser. Compared and hashed by object, so it can key a cache cheaply.

    All times are seconds since the epoch. `id` is random and new at every sign-in, and empty for
    the owner of a token that comes with each request, so that nothing is kept; `generation`
    counts refreshes. `created_at` never moves; `ends_at` is the absolute end (`cookie_expire`
    after `created_at`); `refreshed_at` is the last moment the provider confirmed the session;
    `idle_until` is the end that every use moves (`session_idle_timeout`), 0 where there is none.
    `device`: a coarse name of the browser (`login.device`), empty where nobody is ever told it.
    `email_verified` refusals happened at sign-in: a session exists only for somebody accepted.
    """

    id: str
    provider: str
    identity: Identity
    tokens: Tokens
    created_at: float
    refreshed_at: float
    ends_at: float
    generation: int = 0
    provider_session_id: str = ""
    idle_until: float = 0.0
    device: str = ""

    @property
    def is_kept(self) -> bool:
        """Say whether it lives in cookies: if not, there is nothing to renew or to clear."""
        return bool(self.id)

    def has_expired(self, now: float) -> bool:
        """Say whether one of its two ends has come: the absolute one, or that of idleness."""
        return now >= self.ends_at or 0 < self.idle_until <= now

    @property
    def end(self) -> float:
        """The nearer of its two ends, in seconds since the epoch."""
        return min(self.ends_at, self.idle_until or self.ends_at)

    @property
    def is_by_password(self) -> bool:
        """Say whether somebody signed in with a name and password of `htpasswd_file`."""
        return self.provider.startswith(BY_FILE)

    @property
    def provider_name(self) -> str:
        """The id of the provider as anybody may see it (`shown_provider`)."""
        return shown_provider(self.provider)


def shown_provider(provider: str) -> str:
    """Return the id of a provider; of a password file, not the mark of the line."""
    return BY_FILE.rstrip(":") if provider.startswith(BY_FILE) else provider


@dataclass(frozen=True, slots=True)
class Ended:
    """Sessions that ended before their time: one by its `id`, or all of a provider's person.

    Without an `id`: `user` (or `session_id`, the session at the provider) says which.
    """

    id: str = ""
    provider: str = ""
    user: str = ""
    session_id: str = ""

    def covers(self, session: Session) -> bool:
        """Say whether a session is one of them."""
        if self.id:
            return session.id == self.id
        if session.provider != self.provider:
            return False
        return bool(
            (self.user and session.identity.user == self.user)
            or (self.session_id and session.provider_session_id == self.session_id)
        )
