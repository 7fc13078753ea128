"""A session ends when it says so, and its tokens stay out of sight."""

import pytest

from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.secret import Secret


def session() -> Session:
    return Session(
        id="s",
        provider="oidc",
        identity=Identity("alice"),
        tokens=Tokens(access_token=Secret("canary")),
        created_at=100.0,
        refreshed_at=100.0,
        ends_at=200.0,
    )


@pytest.mark.parametrize(("now", "over"), [(199.9, False), (200.0, True), (200.1, True)])
def test_a_session_is_over_from_its_end_on(now, over):
    assert session().has_expired(now) is over


def test_tokens_are_not_in_the_repr_of_a_session():
    assert "canary" not in repr(session())


def test_two_sessions_with_the_same_content_are_two_sessions():
    assert session() != session()
