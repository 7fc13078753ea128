"""What can happen to a request at the gate. `match` over a `Decision` is exhaustive."""

from dataclasses import dataclass

from sidegate.core.errors import SidegateError
from sidegate.core.identity import Session


@dataclass(frozen=True, slots=True)
class Allow:
    """Let it pass, with the session's identity, or with none on a public route.

    `would_refuse`: the rule that would say no if those in shadow counted.
    """

    session: Session | None = None
    would_refuse: str | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """Nobody is signed in: a browser is sent to sign in, an API client gets 401."""


@dataclass(frozen=True, slots=True)
class Deny:
    """Somebody is signed in, and a rule says no. `rule` is for the log, never for the person.

    `everywhere`: to whatever they ask for, so that their session is of no use; else to this only.
    """

    rule: str
    session: Session
    everywhere: bool = True


@dataclass(frozen=True, slots=True)
class Refuse:
    """Credentials came with the request and are not accepted, and nothing else may be tried.

    `error` says why: the client's fault (SignInError), or that nobody could be asked
    (ProviderError).
    """

    error: SidegateError


Decision = Allow | SignIn | Deny | Refuse


@dataclass(frozen=True, slots=True)
class Admission:
    """What was decided, and the Set-Cookie values for whatever answer.

    They carry a renewed session, end that of somebody whom a rule refuses (another account may do),
    or remove cookies that opened no door: a browser that keeps bringing them would be asked to sign
    in for ever.
    """

    decision: Decision
    cookies: tuple[str, ...] = ()
