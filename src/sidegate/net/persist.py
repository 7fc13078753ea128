"""Work that is tried until it succeeds, and work that is done again from time to time.

Never in step with other processes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sidegate.core.ports import Randomness

FIRST = 1.0
LONGEST = 60.0
PERIOD = 3600.0
AGAIN = 300.0


def pauses(randomness: Randomness) -> Callable[[], float]:
    """Return a function that says how many seconds to wait next: 1, 2, 4 ... 60, less up to half.

    The random part keeps replicas that lost the same provider from coming back all at once.
    """
    longest = FIRST

    def next_pause() -> float:
        nonlocal longest
        pause = _less(longest, randomness)
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


async def repeat(
    work: Callable[[], Awaitable[None]],
    report: Callable[[Exception, float], None],
    randomness: Randomness,
) -> None:
    """Do `work` once an hour, and five minutes after it failed; less up to half. Never returns.

    `report` hears each failure and the pause in seconds.
    """
    period = PERIOD
    while True:
        await asyncio.sleep(_less(period, randomness))
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not end the tries
            period = AGAIN
            report(error, period)
        else:
            period = PERIOD


def _less(pause: float, randomness: Randomness) -> float:
    return pause * (1 - randomness(1)[0] / 512)
