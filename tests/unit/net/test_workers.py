"""Long work is done beside the loop, by few, and with few in line."""

import asyncio
import threading

import pytest

from sidegate.net.workers import Workers


def test_work_runs_in_another_thread_and_its_result_comes_back() -> None:
    async def main() -> None:
        workers = Workers(1, 1)
        assert await workers.run(lambda: threading.current_thread().name) == "sidegate-worker_0"
        assert not workers.is_full

    asyncio.run(main())


def test_what_the_work_raises_comes_back_and_frees_the_place() -> None:
    async def main() -> None:
        workers = Workers(1, 0)
        with pytest.raises(ZeroDivisionError):
            await workers.run(lambda: 1 // 0)
        assert not workers.is_full

    asyncio.run(main())


def test_the_loop_goes_on_and_sees_when_the_line_is_full() -> None:
    async def main() -> None:
        workers = Workers(1, 1)
        go = threading.Event()
        async with asyncio.TaskGroup() as group:
            first = group.create_task(workers.run(go.wait))
            await asyncio.sleep(0)
            assert not workers.is_full
            second = group.create_task(workers.run(go.wait))
            await asyncio.sleep(0)
            assert workers.is_full
            go.set()
        assert (first.result(), second.result()) == (True, True)
        assert not workers.is_full

    asyncio.run(main())
