"""The one decision. Reverse proxy, forward-auth and ext_authz all come here, and nowhere else."""

from sidegate.core.decision import Allow, Decision, Deny, SignIn
from sidegate.core.identity import Session
from sidegate.core.messages import Asked
from sidegate.gate.rules import Rules


def decide(
    session: Session | None, rules: Rules, now: float, asked: Asked, *, is_public: bool
) -> Decision:
    """Say what happens to a request. The first rule that fails is named in the answer.

    `now`: seconds since the epoch. A public route is open to everybody; whoever is signed in and
    allowed keeps their identity there, whoever is refused passes without one.
    """
    if session is not None and session.has_expired(now):
        session = None
    if session is None:
        return Allow(None) if is_public else SignIn()
    refusal = rules.refusal(session.identity, is_listed=session.is_by_password)
    if refusal is not None:
        return Allow(None) if is_public else Deny(refusal, session)
    ordered = rules.ordered
    if ordered is None:
        return Allow(session)
    refusal = ordered.refusal(session, asked)
    if refusal is not None:
        return Allow(None) if is_public else Deny(refusal, session, everywhere=False)
    return Allow(session, ordered.would_refuse(session, asked) if ordered.watches else None)
