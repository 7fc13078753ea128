"""What rows that are played from outside need."""

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite(
    *(f"tests.conformance.{name}" for name in ("attacks", "exercise", "expectations", "gates")),
    "tests.conformance.redirect_attacks",
    "tests.conformance.special_rows",
)

from tests.conformance.black_box import Gates, Recorder  # noqa: E402 - after what is rewritten
from tests.conformance.world import World  # noqa: E402 - after that too


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    """Yield the application behind the gates."""
    application = Recorder()
    yield application
    application.end()


@pytest.fixture(scope="module")
def gates() -> Iterator[Gates]:
    """Yield gates in front of it, by their flags."""
    running = Gates()
    yield running
    running.end()


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """Yield the world of the scripted provider; at the end every gate is stopped and checked."""
    made = World()
    yield made
    made.end()


RUNNING = frozenset({"gates", "recorder", "world", "stage", "impatient"})
"""Fixtures behind which a gate runs."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts gates, so that the everyday run can leave it out."""
    for item in items:
        if RUNNING & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.gates)
