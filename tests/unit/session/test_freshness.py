"""A session is renewed in time where it can be, and ends when it must."""

from dataclasses import replace

import pytest

from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.secret import Secret
from sidegate.session.freshness import ASK_AGAIN, needs_refresh, remaining, session_end

HOUR = 3600.0
NOW = 1_800_000_000.0


def _session(expires_at: float | None = None, *, renewable: bool = True) -> Session:
    refresh = Secret("r") if renewable else None
    return Session(
        "id",
        "oidc",
        Identity("alice"),
        Tokens(refresh_token=refresh, expires_at=expires_at),
        created_at=0.0,
        refreshed_at=0.0,
        ends_at=168 * HOUR,
    )


@pytest.mark.parametrize(
    ("session", "now", "cookie_refresh", "due"),
    [
        (_session(), HOUR - 1, HOUR, False),
        (_session(), HOUR, HOUR, True),
        (_session(), 100 * HOUR, 0.0, False),
        (_session(300.0), 269.0, 0.0, False),
        (_session(300.0), 270.0, 0.0, True),
        (_session(300.0), 270.0, HOUR, True),
        (_session(40.0), 19.0, 0.0, False),
        (_session(40.0), 20.0, 0.0, True),
        (_session(-5.0), 9.0, 0.0, False),
        (_session(-5.0), 10.0, 0.0, True),
        (_session(300.0, renewable=False), 4000.0, HOUR, False),
        (_session(300.0), 168 * HOUR, HOUR, False),
    ],
    ids=[
        "young",
        "the hour is over",
        "nothing asks for it",
        "token still good",
        "token ends in 30 s",
        "token ends before the hour",
        "short token, first half",
        "short token, second half",
        "dead token, just renewed",
        "dead token, a moment later",
        "without a refresh token never",
        "over is over",
    ],
)
def test_refresh_is_due(session: Session, now: float, cookie_refresh: float, *, due: bool) -> None:
    assert needs_refresh(session, now, cookie_refresh) is due
    assert needs_refresh(_begun_at(NOW, session), NOW + now, cookie_refresh) is due


def _begun_at(start: float, session: Session) -> Session:
    """Return a session of the epoch as one that began at `start`."""
    ends = session.tokens.expires_at
    tokens = replace(session.tokens, expires_at=None if ends is None else start + ends)
    return replace(
        session,
        tokens=tokens,
        created_at=start,
        refreshed_at=start,
        ends_at=start + session.ends_at,
    )


@pytest.mark.parametrize(
    ("age", "cookie_refresh", "due"),
    [(1799, 1800, False), (1800, 1800, True), (ASK_AGAIN - 1, 0, False), (ASK_AGAIN, 0, True)],
)
def test_a_provider_that_is_asked_again_is_asked_at_an_interval_whatever_the_token_says(
    age: float, cookie_refresh: float, *, due: bool
) -> None:
    tokens = Tokens(Secret("a"), expires_at=60.0, renews_by_asking=True)
    asked = replace(_session(), tokens=tokens)
    assert needs_refresh(asked, age, cookie_refresh) is due
    assert not needs_refresh(asked, asked.ends_at, cookie_refresh)


def test_the_end_is_absolute_even_for_a_cookie_of_the_browser_session() -> None:
    assert session_end(100.0, 60.0) == 160.0
    assert session_end(100.0, 0.0) == 100.0 + 168 * HOUR


def test_what_remains_is_whole_seconds_and_never_negative() -> None:
    assert remaining(_session(), 0.5) == 168 * HOUR
    assert remaining(_session(), 1.0) == 168 * HOUR - 1
    assert remaining(_session(), 169 * HOUR) == 0


def test_what_is_left_is_what_is_left_until_the_nearer_end() -> None:
    idle = replace(_session(), idle_until=50.5)
    assert (remaining(idle, 0.0), remaining(idle, 51.0)) == (51, 0)
    assert remaining(replace(idle, ends_at=20.0), 0.0) == 20
