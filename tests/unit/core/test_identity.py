"""A session ends when it ends, and showing one shows no token."""

from dataclasses import replace

from sidegate.core.identity import Grant, Identity, Session, Tokens
from sidegate.core.secret import Secret


def session() -> Session:
    tokens = Tokens(Secret("at"), Secret("it"), Secret("rt"), 5.0)
    return Session("sid", "oidc", Identity("u"), tokens, 0.0, 0.0, 100.0)


def test_a_session_is_over_from_its_last_second_on() -> None:
    assert [session().has_expired(now) for now in (99.9, 100.0, 101.0)] == [False, True, True]


def test_two_equal_sessions_are_still_two_keys() -> None:
    assert session() != session()


def test_showing_a_session_or_grant_shows_no_token() -> None:
    for shown in (repr(session()), repr(Grant(Identity("u"), session().tokens))):
        assert not any(f"'{token}'" in shown for token in ("at", "it", "rt"))


def test_a_session_says_whether_a_password_began_it() -> None:
    assert not session().is_by_password
    assert replace(session(), provider="htpasswd:abc").is_by_password
