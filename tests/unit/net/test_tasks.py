"""Tasks have a parent: kept alive, heard when they fail, and ended with it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from sidegate.net.tasks import Tasks

Play = Callable[[Tasks], Coroutine[Any, Any, None]]


def play(script: Play) -> list[BaseException]:
    """Run a script inside a loop; return what was reported."""
    reported: list[BaseException] = []

    async def inside() -> None:
        tasks = Tasks(reported.append)
        await script(tasks)
        await tasks.cancel()
        assert len(tasks) == 0

    asyncio.run(inside())
    return reported


async def settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def test_a_child_gives_its_result_to_who_awaits_it() -> None:
    async def work() -> int:
        return 7

    async def script(tasks: Tasks) -> None:
        assert await tasks.spawn(work()) == 7

    assert play(script) == []


def test_what_nobody_awaits_is_reported_and_forgotten() -> None:
    async def work() -> None:
        raise RuntimeError("lost")

    async def script(tasks: Tasks) -> None:
        tasks.spawn(work())
        assert len(tasks) == 1
        await settle()
        assert len(tasks) == 0

    assert [str(error) for error in play(script)] == ["lost"]


def test_cancel_ends_all_children_and_waits_for_their_last_words() -> None:
    ended: list[int] = []

    async def work(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(number)

    async def script(tasks: Tasks) -> None:
        for number in range(3):
            tasks.spawn(work(number))
        await settle()
        await tasks.cancel()
        assert sorted(ended) == [0, 1, 2]

    assert play(script) == []
