"""Settings of a whole gate, from flags."""

from collections.abc import Callable

import pytest

from sidegate.config.load import load
from sidegate.config.settings import Settings
from tests.kit.gate import FLAGS, UPSTREAM

MakeSettings = Callable[..., Settings]


@pytest.fixture
def settings() -> MakeSettings:
    """Return what makes settings of these flags; the logs are on, unlike in the kit."""
    base = [flag for flag in FLAGS if not flag.endswith("logging=false")]

    def make(*flags: str) -> Settings:
        return load([*base, UPSTREAM, *flags], {}, lambda path: path.encode()).settings

    return make
