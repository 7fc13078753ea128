"""An unused session ends, a used one does not, and hardly any use is written down."""

from dataclasses import replace
from math import inf

import pytest

from sidegate.core.identity import Identity, Session, Tokens
from sidegate.session.idleness import needs_touch, touch_due, touched, used_at

IDLE = 1000.0
NEW = Session("id", "oidc", Identity("alice"), Tokens(), 0.0, 0.0, 1e9)


@pytest.mark.parametrize(
    ("after", "due"), [(0.0, False), (99.0, False), (100.0, True), (1000.0, True)]
)
def test_a_use_is_written_down_once_in_a_tenth_of_the_timeout(after: float, *, due: bool) -> None:
    assert needs_touch(touched(NEW, 50.0, IDLE), 50.0 + after, IDLE) is due


def test_a_session_ends_between_one_timeout_and_a_tenth_more_after_its_last_use() -> None:
    session, last = touched(NEW, 0.0, IDLE), 0.0
    for use in (99.0, 150.0, 249.0, 300.0):
        assert not session.has_expired(use)
        last = use
        if needs_touch(session, use, IDLE):
            session = touched(session, use, IDLE)
    assert not session.has_expired(last + IDLE - 1)
    assert session.has_expired(last + IDLE * 1.1)


def test_whoever_works_every_minute_stays() -> None:
    session = touched(NEW, 0.0, IDLE)
    for use in range(0, 100_000, 60):
        assert not session.has_expired(use)
        if needs_touch(session, use, IDLE):
            session = touched(session, use, IDLE)


def test_the_absolute_end_comes_all_the_same() -> None:
    assert touched(replace(NEW, ends_at=10.0), 5.0, IDLE).has_expired(10.0)


@pytest.mark.parametrize("then", [500.0, 2000.0])
def test_another_timeout_counts_from_the_next_use_on(then: float) -> None:
    assert needs_touch(touched(NEW, 0.0, IDLE), 1.0, then)


def test_the_option_is_turned_on_and_off_for_sessions_that_stand() -> None:
    assert needs_touch(NEW, 1.0, IDLE)
    assert needs_touch(touched(NEW, 0.0, IDLE), 1.0, 0.0)
    assert touched(touched(NEW, 0.0, IDLE), 1.0, 0.0).idle_until == 0
    assert not needs_touch(NEW, 1.0, 0.0)


@pytest.mark.parametrize("now", [1.8e9, 1.8e9 + 1 / 3, 1e12 + 0.1])
def test_a_session_that_was_touched_needs_no_touch_whatever_rounding_does(now: float) -> None:
    assert not needs_touch(touched(NEW, now, 1 / 3 + 1800), now, 1 / 3 + 1800)


def test_the_next_use_is_due_to_be_written_down_when_the_tenth_is_used_up() -> None:
    session = touched(NEW, 50.0, IDLE)
    due = touch_due(session, IDLE)
    assert not needs_touch(session, due - 1, IDLE)
    assert needs_touch(session, due, IDLE)
    assert touch_due(NEW, 0.0) == inf


def test_the_last_use_that_was_written_down_can_be_told() -> None:
    assert used_at(touched(NEW, 50.0, IDLE).idle_until, IDLE) == 50.0
    assert used_at(NEW.idle_until, IDLE) is None
    assert used_at(touched(NEW, 50.0, IDLE).idle_until, 0.0) is None


def test_a_session_that_nothing_changes_stays_the_same() -> None:
    assert touched(NEW, 50.0, 0.0) is NEW
