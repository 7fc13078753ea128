"""What rows that are played from outside need."""

from collections.abc import Iterator

import pytest

from tests.conformance.black_box import Gates, Recorder


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
