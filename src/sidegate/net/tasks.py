"""Every task has a parent. This is the parent of those that outlive a callback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class Tasks:
    """Spawns tasks, keeps them alive, reports what they raise, and ends them together."""

    def __init__(self, report: Callable[[BaseException], None]) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self.report = report

    def spawn(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Run `work` as a child. What it raises goes to `report`, except to whoever awaits it."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def __len__(self) -> int:
        return len(self._running)

    async def cancel(self) -> None:
        """End all children and wait until they have ended."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.report(error)
