"""Issuers of programs are asked only where programs may bring tokens."""

import asyncio

from sidegate.doctor.issuers import check_issuers
from tests.unit.doctor.conftest import MakeScene


def test_nobody_is_asked_where_no_token_is_taken(make_scene: MakeScene) -> None:
    assert asyncio.run(check_issuers(make_scene())) == []
