"""What was ended stays ended for as long as its cookie could be opened, in bounded memory."""

import pytest

from sidegate.core.identity import Identity, Session, Tokens
from sidegate.stores.revocations import MOST_PER_PERSON, Revocations

NOW = 1_800_000_000.0
WEEK = 604_800.0


def session(
    name: str = "s", user: str = "alice", at: float = NOW, sid: str = "", provider: str = "oidc"
) -> Session:
    return Session(
        name, provider, Identity(user), Tokens(), at, at, at + WEEK, provider_session_id=sid
    )


def test_nothing_is_over_where_nothing_was_heard() -> None:
    assert not Revocations(WEEK).covers(session())


def test_one_session_ends_and_the_others_of_the_same_person_do_not() -> None:
    notes = Revocations(WEEK)
    notes.end(session("one"), NOW + 5)
    assert notes.covers(session("one"))
    assert not notes.covers(session("two"))


def test_a_person_ends_with_every_session_until_now_and_may_sign_in_again() -> None:
    notes = Revocations(WEEK)
    notes.end_person("oidc", "alice", NOW)
    assert notes.covers(session("one", at=NOW))
    assert notes.covers(session("two", at=NOW - 100))
    assert not notes.covers(session("new", at=NOW + 0.001))
    assert not notes.covers(session(user="bob"))
    assert not notes.covers(session(provider="other"))


def test_the_end_of_one_person_changes_nothing_for_another() -> None:
    notes = Revocations(WEEK)
    for number in range(MOST_PER_PERSON + 1):
        notes.end(session(f"b{number}", user=f"bob{number}"), NOW)
    notes.end(session("one"), NOW)
    assert not notes.covers(session("two"))
    notes.end_person("oidc", "alice", NOW)
    assert all(
        notes.covers(session(f"b{number}", user=f"bob{number}"))
        for number in range(MOST_PER_PERSON + 1)
    )


def test_a_session_of_the_provider_ends_with_what_came_of_it_and_may_go_on() -> None:
    notes = Revocations(WEEK)
    notes.end_provider_session("oidc", "p1", NOW)
    assert notes.covers(session("one", sid="p1"))
    assert not notes.covers(session("later", sid="p1", at=NOW + 5))
    assert not notes.covers(session(sid="p2"))
    assert not notes.covers(session(sid="p1", provider="other"))
    assert not notes.covers(session(sid=""))


def test_notes_are_dropped_when_every_session_they_are_about_has_ended() -> None:
    notes = Revocations(WEEK)
    notes.end(session("one"), NOW)
    notes.end_person("oidc", "bob", NOW)
    notes.end_provider_session("oidc", "p1", NOW)
    notes.end(session("two", at=NOW + WEEK), NOW + WEEK)
    assert len(notes) == 1
    assert not notes.covers(session("new", at=NOW + WEEK))


def test_whoever_signs_out_very_often_loses_only_sessions_of_their_own() -> None:
    notes = Revocations(WEEK)
    for number in range(MOST_PER_PERSON + 1):
        notes.end(session(f"m{number}", "mallory"), NOW + number)
    assert len(notes) == 1
    assert notes.covers(session("m0", "mallory"))
    assert notes.covers(session("other", "mallory"))
    assert not notes.covers(session("a", "alice", at=NOW - 1000))


@pytest.mark.parametrize("kind", ["session", "person", "sid"])
def test_where_all_is_full_more_ends_and_never_less(kind: str) -> None:
    notes = Revocations(WEEK, most=3)
    for number in range(4):
        at, name = NOW + number, f"n{number}"
        if kind == "session":
            notes.end(session(name, name, at), at)
        elif kind == "person":
            notes.end_person("oidc", name, at)
        else:
            notes.end_provider_session("oidc", name, at)
    assert len(notes) == 3
    for number in range(4):
        assert notes.covers(session(f"n{number}", f"n{number}", NOW + number, sid=f"n{number}"))
    assert notes.covers(session("older", "somebody", NOW - 1))
    assert not notes.covers(session("newer", "somebody", NOW + 1))
