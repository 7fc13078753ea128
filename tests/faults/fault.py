"""What one fault is, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.stage import Stage


@dataclass(frozen=True)
class Outcome:
    """What was measured, in words and figures, and whether the promise held."""

    measured: str
    holds: bool


@dataclass(frozen=True)
class Fault:
    """One fault. `play` makes it happen on a stage of its own and says what came of it."""

    id: str
    fault: str
    promised: str
    play: Callable[[Stage], Outcome]
