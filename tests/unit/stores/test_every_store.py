"""Every store keeps what all of them promise (`tests.kit.store_suite`)."""

import pytest

from tests.kit.store_suite import *  # noqa: F403 - the promises
from tests.kit.store_suite import Bench
from tests.unit.stores.benches import CookieBench, SharedBench


@pytest.fixture(params=[CookieBench, SharedBench])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Return a bench with stores of one kind."""
    made: Bench = request.param()
    return made
