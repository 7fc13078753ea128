"""Counts the executions of each target, and says after a long run how many there were."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from tests.fuzz.budget import EXAMPLES, EXECUTIONS


def counted(target: str, test: Callable[..., None]) -> Callable[..., None]:
    @wraps(test)
    def count(*args: Any, **kwargs: Any) -> None:
        EXECUTIONS[target] += 1
        test(*args, **kwargs)

    return count


def pytest_itemcollected(item: pytest.Item) -> None:
    """Count what hypothesis executes, by the hook it offers to plugins."""
    handle = getattr(getattr(item, "obj", None), "hypothesis", None)
    if handle is not None:
        handle.inner_test = counted(item.nodeid.rpartition("/")[2], handle.inner_test)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the figures of a long run and the seed with which it can be repeated."""
    if not EXAMPLES:
        return
    terminalreporter.write_line("")
    for target, executions in sorted(EXECUTIONS.items()):
        terminalreporter.write_line(f"{executions:>9}  {target}")
    seed = config.getoption("--hypothesis-seed")
    terminalreporter.write_line(f"{EXECUTIONS.total():>9}  executions in all, seed {seed}")
