"""A person is found in audit lines, and taken out of those that are in no chain."""

import json

import pytest

from sidegate.observe.persons import about, is_linked, without_person

LINE = {
    "schema": 1,
    "time": "2026-11-24T10:16:27.000Z",
    "event": "sign_in_succeeded",
    "client": "192.0.2.7",
    "user": "alice@example.com",
    "subject": "sub-1",
    "session": "0123456789ab",
    "path": "/people/alice@example.com",
    "user_agent": "Mozilla/5.0",
    "detail": "sub-1 came",
}
NAMES = {"alice@example.com"}


def line(**changes: object) -> bytes:
    return json.dumps(LINE | changes).encode()


@pytest.mark.parametrize(
    "other",
    [
        line(user="bob@example.com"),
        line(user="malice@example.com"),
        line(user="Alice@example.com"),
        line(user=["alice@example.com"]),
        line(user={}),
        b"not JSON",
        b"[1]",
        b'"alice@example.com"',
        b"\xff",
        b"",
    ],
)
def test_lines_of_others_are_not_hers(other: bytes) -> None:
    assert about(other, NAMES) is None


@pytest.mark.parametrize("name", ["alice@example.com", "sub-1"])
def test_a_line_is_found_by_name_and_by_subject(name: str) -> None:
    assert about(line(), {name}) == LINE


def test_a_link_of_a_chain_is_told_by_its_hash() -> None:
    assert not is_linked(LINE)
    assert is_linked({**LINE, "seq": 1, "prev": "0" * 64})


def test_nothing_that_leads_to_her_is_left_and_the_event_is() -> None:
    left = without_person(LINE, NAMES, "erased-1")
    assert json.loads(left) == {
        "schema": 1,
        "time": "2026-11-24T10:16:27.000Z",
        "event": "sign_in_succeeded",
        "user": "erased-1",
        "subject": "erased-1",
        "path": "/people/erased-1",
        "detail": "erased-1 came",
    }
    assert b"\n" not in left


@pytest.mark.parametrize(
    "written", ["alice%40example.com", "Alice@example.com", "ALICE%40EXAMPLE.com"]
)
def test_a_path_that_writes_the_name_otherwise_is_no_way_around(written: str) -> None:
    found = {**LINE, "path": f"/people/{written}"}
    left = json.loads(without_person(found, NAMES, "erased-1"))
    assert left["path"] == "/people/erased-1"


def test_what_a_line_does_not_have_it_does_not_get() -> None:
    assert json.loads(without_person({"subject": "sub-1"}, {"sub-1"}, "x")) == {"subject": "x"}


def test_an_empty_name_is_replaced_nowhere() -> None:
    found = about(line(subject=""), NAMES)
    assert found is not None
    assert json.loads(without_person(found, NAMES, "x"))["detail"] == "sub-1 came"
