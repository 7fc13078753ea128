"""Threads for work that takes long and lets the interpreter go on: password hashes.

Rule 1: both are bounded, who works and who waits; what is beyond that is refused by whoever asks.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class Workers:
    """Runs functions in `threads` threads; `is_full` when `waiting` more are in line."""

    def __init__(self, threads: int, waiting: int) -> None:
        self._most = threads + waiting
        self._busy = 0
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sidegate-worker")

    @property
    def is_full(self) -> bool:
        """Say whether whoever comes now should come again later."""
        return self._busy >= self._most

    async def run(self, work: Callable[[], Result]) -> Result:
        """Return what `work` returns, computed in a thread. Yields to the loop."""
        self._busy += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._busy -= 1
