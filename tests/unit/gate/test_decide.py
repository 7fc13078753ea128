"""The one decision."""

from sidegate.core.decision import Allow, Deny, SignIn
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.gate.decide import decide
from sidegate.gate.rules import Rules

RULES = Rules(["a.test"])


def session(email: str = "x@a.test", ends_at: float = 100) -> Session:
    return Session("id", "oidc", Identity("u", email), Tokens(), 0, 0, ends_at)


def test_somebody_allowed_passes_with_their_identity() -> None:
    someone = session()
    assert decide(someone, RULES, 0, is_public=False) == Allow(someone)


def test_nobody_has_to_sign_in() -> None:
    assert decide(None, RULES, 0, is_public=False) == SignIn()


def test_an_expired_session_is_nobody() -> None:
    assert decide(session(ends_at=10), RULES, 10, is_public=False) == SignIn()
    assert decide(session(ends_at=10), RULES, 10, is_public=True) == Allow(None)


def test_somebody_refused_is_told_so_and_the_rule_is_named() -> None:
    someone = session("x@b.test")
    assert decide(someone, RULES, 0, is_public=False) == Deny("email", someone)


def test_a_public_route_lets_everybody_pass_but_lends_no_refused_identity() -> None:
    someone = session()
    assert decide(someone, RULES, 0, is_public=True) == Allow(someone)
    assert decide(session("x@b.test"), RULES, 0, is_public=True) == Allow(None)
    assert decide(None, RULES, 0, is_public=True) == Allow(None)


def test_whom_a_password_vouches_for_needs_no_email() -> None:
    someone = Session("id", "htpasswd:x", Identity("u"), Tokens(), 0, 0, 100)
    assert decide(someone, RULES, 0, is_public=False) == Allow(someone)
