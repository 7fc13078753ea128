"""The one decision."""

import msgspec

from sidegate.config.rule_settings import PeopleSettings, RuleSettings
from sidegate.core.decision import Allow, Deny, SignIn
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.messages import Asked
from sidegate.gate.decide import decide
from sidegate.gate.rule_list import RuleList
from sidegate.gate.rules import Rules

RULES = Rules(["a.test"])
HOME = Asked("app.test", b"GET", b"/")


def session(email: str = "x@a.test", ends_at: float = 100) -> Session:
    return Session("id", "oidc", Identity("u", email), Tokens(), 0, 0, ends_at)


def test_somebody_allowed_passes_with_their_identity() -> None:
    someone = session()
    assert decide(someone, RULES, 0, HOME, is_public=False) == Allow(someone)


def test_nobody_has_to_sign_in() -> None:
    assert decide(None, RULES, 0, HOME, is_public=False) == SignIn()


def test_an_expired_session_is_nobody() -> None:
    assert decide(session(ends_at=10), RULES, 10, HOME, is_public=False) == SignIn()
    assert decide(session(ends_at=10), RULES, 10, HOME, is_public=True) == Allow(None)


def test_somebody_refused_is_told_so_and_the_rule_is_named() -> None:
    someone = session("x@b.test")
    assert decide(someone, RULES, 0, HOME, is_public=False) == Deny("email", someone)


def test_a_public_route_lets_everybody_pass_but_lends_no_refused_identity() -> None:
    someone = session()
    assert decide(someone, RULES, 0, HOME, is_public=True) == Allow(someone)
    assert decide(session("x@b.test"), RULES, 0, HOME, is_public=True) == Allow(None)
    assert decide(None, RULES, 0, HOME, is_public=True) == Allow(None)


def test_whom_a_password_vouches_for_needs_no_email() -> None:
    someone = Session("id", "htpasswd:x", Identity("u"), Tokens(), 0, 0, 100)
    assert decide(someone, RULES, 0, HOME, is_public=False) == Allow(someone)


# The list behind the fence

ADMIN = RuleSettings(name="admin", paths=("/admin",), allow=(PeopleSettings(groups=("ops",)),))
REST = RuleSettings(name="rest", allow=(PeopleSettings(),))


def listed(*rules: RuleSettings) -> Rules:
    return Rules(["a.test"], ordered=RuleList(rules))


def test_whoever_passes_the_fence_is_judged_by_the_list_for_this_request_only() -> None:
    someone, admin = session(), HOME._replace(path=b"/admin")
    rules = listed(ADMIN, REST)
    assert decide(someone, rules, 0, HOME, is_public=False) == Allow(someone)
    refused = decide(someone, rules, 0, admin, is_public=False)
    assert refused == Deny("admin", someone, everywhere=False)
    assert decide(someone, rules, 0, admin, is_public=True) == Allow(None)


def test_the_list_opens_nothing_to_whom_the_fence_refuses_or_who_is_nobody() -> None:
    stranger = session("x@b.test")
    assert decide(stranger, listed(REST), 0, HOME, is_public=False) == Deny("email", stranger)
    assert decide(None, listed(REST), 0, HOME, is_public=False) == SignIn()


def test_a_rule_in_shadow_is_named_and_changes_nothing() -> None:
    someone, admin = session(), HOME._replace(path=b"/admin")
    shadow = msgspec.structs.replace(ADMIN, shadow=True)
    assert decide(someone, listed(shadow, REST), 0, admin, is_public=False) == Allow(
        someone, "admin"
    )
    assert decide(someone, listed(shadow, REST), 0, HOME, is_public=False) == Allow(someone)
