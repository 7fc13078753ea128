"""What fails is tried again: later each time, and not in step with other processes."""

import asyncio

import pytest

from sidegate.core.errors import ProviderUnavailable, SidegateError
from sidegate.net import persist as module
from sidegate.net.persist import AGAIN, PERIOD, pauses, persist, repeat


def test_pauses_double_up_to_a_minute() -> None:
    next_pause = pauses(bytes)
    assert [next_pause() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_pause_is_shorter_by_up_to_half_and_never_none() -> None:
    next_pause = pauses(lambda count: b"\xff" * count)
    first = [next_pause() for _ in range(2)]
    assert first == [pytest.approx(0.5, abs=0.01), pytest.approx(1.0, abs=0.01)]
    assert first[0] > 0.5


def attempts(failures: list[Exception], monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Persist in work that fails so often; return what was reported. Nothing sleeps."""
    heard: list[tuple[str, float]] = []
    slept: list[float] = []

    async def work() -> None:
        if failures:
            raise failures.pop(0)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    def report(error: SidegateError, pause: float) -> None:
        heard.append((str(error), pause))

    monkeypatch.setattr(module.asyncio, "sleep", sleep)
    asyncio.run(persist(work, report, bytes))
    assert slept == [pause for _, pause in heard]
    return heard


def test_it_ends_with_the_first_success(monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[Exception] = [ProviderUnavailable("a"), ProviderUnavailable("b")]
    assert attempts(failures, monkeypatch) == [("a", 1), ("b", 2)]


def test_what_works_at_once_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert attempts([], monkeypatch) == []


def test_a_bug_in_the_work_does_not_end_the_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts([ValueError("bug"), ProviderUnavailable("b")], monkeypatch)


def test_what_worked_is_done_again_in_an_hour_and_what_failed_in_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcomes: list[Exception | None] = [None, ProviderUnavailable("a"), ValueError("bug"), None]
    slept: list[float] = []
    heard: list[tuple[str, float]] = []

    async def work() -> None:
        if (error := outcomes.pop(0)) is not None:
            raise error

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if not outcomes:
            raise asyncio.CancelledError

    monkeypatch.setattr(module.asyncio, "sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(repeat(work, lambda error, pause: heard.append((str(error), pause)), bytes))
    assert slept == [PERIOD, PERIOD, AGAIN, AGAIN, PERIOD]
    assert heard == [("a", AGAIN), ("bug", AGAIN)]
