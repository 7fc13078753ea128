"""The one decision. Reverse proxy, forward-auth and ext_authz all come here, and nowhere else."""

from sidegate.core.decision import Allow, Decision, Deny, SignIn
from sidegate.core.identity import Session
from sidegate.gate.rules import Rules


def decide(session: Session | None, rules: Rules, now: float, *, is_public: bool) -> Decision:
    """Say what happens to a request. The first rule that fails is named in the answer.

    `now`: seconds since the epoch. A public route is open to everybody; whoever is signed in and
    allowed keeps their identity there, whoever is refused passes without one.
    """
    if session is not None and session.has_expired(now):
        session = None
    refusal = None
    if session is not None:
        refusal = rules.refusal(session.identity, is_listed=session.is_by_password)
    if is_public:
        return Allow(None if refusal else session)
    if session is None:
        return SignIn()
    return Allow(session) if refusal is None else Deny(refusal, session)
