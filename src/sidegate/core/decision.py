"""What can happen to a request at the gate. Exactly these; `match` over them is exhaustive."""

from dataclasses import dataclass

from sidegate.core.errors import SidegateError
from sidegate.core.identity import Session


@dataclass(frozen=True, slots=True)
class Allow:
    """Let it pass, with the session's identity, or with none on a public route."""

    session: Session | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """Nobody is signed in: a browser is sent to sign in, an API client gets 401."""


@dataclass(frozen=True, slots=True)
class Deny:
    """Somebody is signed in, and a rule says no. `rule` is for the log, never for the person."""

    rule: str
    session: Session


@dataclass(frozen=True, slots=True)
class Refuse:
    """Credentials came with the request and are not accepted, and nothing else may be tried.

    `error` says why: the client's fault (SignInError), or that nobody could be asked
    (ProviderError).
    """

    error: SidegateError


Decision = Allow | SignIn | Deny | Refuse
