"""Steps of what is going on, for whoever traces: named, timed, one inside the other.

Rule 1: where nobody traces, a step costs one look at a context variable.
Rule 2: names and notes come from the code or the configuration, or are addresses and numbers.
Nothing of a person, no token, no query and no message of an error comes in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from typing import Final, Protocol


class Step(Protocol):
    """What goes on right now."""

    def note(self, key: str, value: str | int, /) -> None:
        """Say more about it."""

    def fail(self, code: str, /) -> None:
        """Note that it failed; `code` is a stable one. An exception that leaves it does so too."""


class Steps(Protocol):
    """Whoever traces: what surrounds the next step."""

    def begin(self, name: str, /, *, is_call: bool) -> AbstractContextManager[Step]:
        """Return what begins when it is entered and ends when it is left."""


class _Untold:
    """A step that nobody hears of."""

    __slots__ = ()

    def note(self, _key: str, _value: str | int, /) -> None:
        """Forget it."""

    def fail(self, _code: str, /) -> None:
        """Forget it."""


UNTOLD: Final[AbstractContextManager[Step]] = nullcontext(_Untold())

CURRENT: Final[ContextVar[Steps | None]] = ContextVar("steps", default=None)
"""What surrounds the running task; None where nobody traces."""


def step(name: str, *, is_call: bool = False) -> AbstractContextManager[Step]:
    """Return a step inside the one that is going on. `is_call`: another program is asked."""
    current = CURRENT.get()
    return UNTOLD if current is None else current.begin(name, is_call=is_call)


def as_step(name: str, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Return the same work, done as a step each time."""

    async def done() -> None:
        with step(name):
            await work()

    return done
