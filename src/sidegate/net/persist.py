"""Work that is tried until it succeeds: slower each time, and not in step with other processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sidegate.core.ports import Randomness

FIRST = 1.0
LONGEST = 60.0


def pauses(randomness: Randomness) -> Callable[[], float]:
    """Return a function that says how many seconds to wait next: 1, 2, 4 ... 60, less up to half.

    The random part keeps replicas that lost the same provider from coming back all at once.
    """
    longest = FIRST

    def next_pause() -> float:
        nonlocal longest
        pause = longest * (1 - randomness(1)[0] / 512)
        longest = min(longest * 2, LONGEST)
        return pause

    return next_pause


async def persist(
    work: Callable[[], Awaitable[None]],
    report: Callable[[Exception, float], None],
    randomness: Randomness,
) -> None:
    """Do `work` until it succeeds. `report` hears each failure and the pause in seconds."""
    next_pause = pauses(randomness)
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not end the tries
            pause = next_pause()
            report(error, pause)
            await asyncio.sleep(pause)
        else:
            return
