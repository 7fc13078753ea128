"""A session ends when it ends, and showing one shows no token."""

from dataclasses import replace

import pytest

from sidegate.core.identity import Ended, Grant, Identity, Session, Tokens
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


@pytest.mark.parametrize(
    ("ended", "covered"),
    [
        (Ended("s"), True),
        (Ended("t"), False),
        (Ended(provider="oidc", user="alice"), True),
        (Ended(provider="oidc", user="bob"), False),
        (Ended(provider="other", user="alice"), False),
        (Ended(provider="oidc", session_id="p1"), True),
        (Ended(provider="oidc", session_id="p2"), False),
        (Ended(provider="oidc"), False),
    ],
)
def test_what_ended_is_one_session_or_all_of_somebody(ended: Ended, *, covered: bool) -> None:
    session = Session("s", "oidc", Identity("alice"), Tokens(), 0, 0, 9, provider_session_id="p1")
    assert ended.covers(session) is covered
    assert not ended.covers(Session("x", "oidc", Identity("carol"), Tokens(), 0, 0, 9))


def test_the_nearer_of_two_ends_counts() -> None:
    session = Session("s", "oidc", Identity("alice"), Tokens(), 0, 0, 9)
    assert (session.end, session.has_expired(8), session.has_expired(9)) == (9, False, True)
    idle = replace(session, idle_until=5)
    assert (idle.end, idle.has_expired(4), idle.has_expired(5)) == (5, False, True)
    assert replace(session, idle_until=50).end == 9
