"""Calls to a provider are counted by what was asked for and what came of it."""

import asyncio

import pytest

from sidegate.core.errors import ProviderUnavailable
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.observe.provider_calls import ProviderCalls


class Stage:
    """A provider that answers as told, after two seconds."""

    def __init__(self) -> None:
        self.now = 100.0
        self.answer: int | ProviderUnavailable = 200
        self.calls = ProviderCalls(self.fetch, lambda: self.now, lambda: 1000 + self.now)

    async def fetch(self, _: FetchRequest, /) -> FetchResponse:
        self.now += 2
        if isinstance(self.answer, ProviderUnavailable):
            raise self.answer
        return FetchResponse(self.answer, {}, b"")

    def ask(self, purpose: str = "token") -> FetchResponse:
        request = FetchRequest("GET", "https://idp.example/", purpose=purpose)
        return asyncio.run(self.calls(request))


@pytest.mark.parametrize(
    ("status", "outcome", "is_up"),
    [
        (200, "answered", True),
        (302, "answered", True),
        (401, "refused", True),
        (429, "failed", False),
        (503, "failed", False),
    ],
)
def test_every_answer_has_an_outcome(status: int, outcome: str, is_up: bool) -> None:  # noqa: FBT001 - a column of the table
    stage = Stage()
    stage.answer = status
    assert stage.ask().status == status
    assert stage.calls.outcomes["token", outcome] == 1
    assert sum(stage.calls.outcomes.values()) == 1
    assert stage.calls.is_up is is_up
    assert stage.calls.answered_at == (1102.0 if is_up else 0.0)


def test_no_answer_is_a_failure_and_stays_one() -> None:
    stage = Stage()
    stage.ask("keys")
    stage.answer = ProviderUnavailable("gone")
    with pytest.raises(ProviderUnavailable):
        stage.ask("discovery")
    assert stage.calls.outcomes["discovery", "failed"] == 1
    assert not stage.calls.is_up
    assert stage.calls.answered_at == 1102.0  # as before
    stage.answer = 200
    stage.ask()
    assert stage.calls.is_up


def test_the_time_is_kept_by_what_was_asked_for() -> None:
    stage = Stage()
    stage.ask("userinfo")
    assert stage.calls.durations["userinfo"].total == 2.0
    assert stage.calls.durations["token"].total == 0.0
