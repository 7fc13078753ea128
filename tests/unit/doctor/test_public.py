"""The public address is asked only where somebody told it."""

import asyncio

from sidegate.doctor.public import check_public
from tests.unit.doctor.conftest import MakeScene


def test_the_callback_of_the_configuration_is_not_asked(make_scene: MakeScene) -> None:
    assert asyncio.run(check_public(make_scene("--redirect-url=https://app.invalid"))) == []
