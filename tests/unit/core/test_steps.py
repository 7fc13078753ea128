"""What is done can be told as steps, and costs nothing where nobody listens."""

import asyncio
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sidegate.core.steps import CURRENT, UNTOLD, Step, as_step, step


class Listener:
    """Hears which steps begin."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bool]] = []

    def begin(self, name: str, /, *, is_call: bool) -> AbstractContextManager[Step]:
        self.heard.append((name, is_call))
        telling: Any = nullcontext(self)
        return telling

    def note(self, _key: str, _value: str | int, /) -> None: ...

    def fail(self, _code: str, /) -> None: ...


def test_where_nobody_traces_every_step_is_the_same_empty_one() -> None:
    assert step("one") is step("other", is_call=True) is UNTOLD
    with step("one") as telling:
        telling.note("key", 1)
        telling.fail("code")


def test_whoever_traces_hears_of_each_step() -> None:
    listener = Listener()
    before = CURRENT.set(listener)
    with step("ask", is_call=True):
        pass
    CURRENT.reset(before)
    assert listener.heard == [("ask", True)]


def test_work_can_be_a_step_each_time_it_is_done() -> None:
    listener, done = Listener(), []

    async def work() -> None:
        done.append(len(listener.heard))

    async def twice() -> None:
        CURRENT.set(listener)
        named = as_step("work", work)
        await named()
        await named()

    asyncio.run(twice())
    assert listener.heard == [("work", False)] * 2
    assert done == [1, 2]
