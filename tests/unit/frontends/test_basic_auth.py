"""A name and a password in each request: checked once a minute, and never a cookie."""

import asyncio
import base64
from collections.abc import Coroutine

import pytest

from sidegate.core.errors import TooManyAttempts
from sidegate.core.identity import Session
from sidegate.frontends.basic_auth import MEMORY, BasicAuth, read_credentials
from tests.unit.login.fakes import exchange
from tests.unit.login.test_password_check import Desk


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Door(Desk):
    """The desk behind requests."""

    def __init__(self) -> None:
        super().__init__()
        self.basic = BasicAuth(
            self.check,
            self.accounts,
            clock=lambda: self.now,
            randomness=self.kit.randomness,
            spawn=lambda work: asyncio.get_running_loop().create_task(work),
            on_event=self.kit.events,
        )

    def knock(self, field: str | None) -> Session | None:
        return self.knock_at_once(field)[0]

    def knock_at_once(self, *fields: str | None) -> list[Session | None]:
        async def all_of_them() -> list[Session | None]:
            return await asyncio.gather(*(self._knock(field) for field in fields))

        return asyncio.run(all_of_them())

    async def _knock(self, field: str | None) -> Session | None:
        made = exchange("/") if field is None else exchange("/", authorization=field)
        found = self.basic.find(made)
        return await found if isinstance(found, Coroutine) else found


def test_the_right_password_is_somebody() -> None:
    door = Door()
    session = door.knock(basic("u1", "p1"))
    assert session is not None
    assert session.identity.user == "u1"
    assert door.kit.events.heard == [("attempt", "", ""), ("password_accepted", "", "u1")]


@pytest.mark.parametrize(
    "field",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!",
        "Basic  dTE6cDE=",
        "basic dTE6cDE=",
        "BASIC dTE6cDE=",
        "Bearer dTE6cDE=",
        "Basic dTE6cDE",
        "Basic dTE6cDE= ",
        "Basic dTE=",
        "Basic OnAx",
        "Basic dTE6cDE=, Basic dTE6cDE=",
        "Basic " + base64.b64encode(b"u1:\xff").decode(),
    ],
)
def test_whatever_is_no_basic_field_is_nobody_and_costs_nothing(field: str | None) -> None:
    door = Door()
    assert door.knock(field) is None
    assert door.accounts.asked == 0
    assert door.kit.events.heard == []


def test_a_password_may_hold_colons() -> None:
    assert read_credentials(basic("u1", "p:1:").encode()) == ("u1", "p:1:")
    assert read_credentials(basic("u1", "").encode()) == ("u1", "")


def test_a_yes_is_remembered_for_a_minute() -> None:
    door = Door()
    first = door.knock(basic("u1", "p1"))
    assert door.knock(basic("u1", "p1")) is first
    assert door.accounts.asked == 1
    door.now += MEMORY
    assert door.knock(basic("u1", "p1")) is not first
    assert door.accounts.asked == 2


def test_a_no_is_remembered_too_and_counts_once() -> None:
    door = Door()
    for _ in range(20):
        assert door.knock(basic("u1", "bad")) is None
    assert door.accounts.asked == 1
    assert door.knock(basic("u1", "p1")) is not None
    door.now += MEMORY
    door.accounts.passwords["u1"] = "bad"
    assert door.knock(basic("u1", "bad")) is not None


def test_a_yes_ends_with_its_line_in_the_file() -> None:
    door = Door()
    assert door.knock(basic("u1", "p1")) is not None
    door.accounts.passwords["u1"] = "new"
    assert door.knock(basic("u1", "p1")) is None
    del door.accounts.passwords["u1"]
    assert door.knock(basic("u1", "p1")) is None


def test_requests_at_the_same_moment_are_checked_once() -> None:
    door = Door()
    found = door.knock_at_once(*[basic("u1", "p1")] * 10, *[basic("u1", "bad")] * 10)
    assert found[0] is not None
    assert found == [found[0]] * 10 + [None] * 10
    assert door.accounts.asked == 2


def test_guessing_ends_in_waiting() -> None:
    door = Door()
    for number in range(3):
        assert door.knock(basic("u1", f"guess{number}")) is None
    with pytest.raises(TooManyAttempts):
        door.knock(basic("u1", "guess3"))


def test_neither_password_nor_field_is_kept() -> None:
    door = Door()
    door.knock(basic("u1", "p1"))
    assert [len(key) for key in door.basic._known._entries] == [16]
