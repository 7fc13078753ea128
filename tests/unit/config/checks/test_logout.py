"""Operators are told how far a sign-out at the provider reaches."""

import pytest

from tests.unit.config.conftest import Desk


@pytest.mark.parametrize("option", ["backchannel-logout", "frontchannel-logout"])
def test_with_cookies_only_one_process_hears_of_it(desk: Desk, option: str) -> None:
    warnings = desk.load(f"--{option}").warnings
    assert any("only the process that hears" in warning for warning in warnings)


def test_nothing_is_said_where_nobody_asked_for_it(desk: Desk) -> None:
    assert not any("hears" in warning for warning in desk.load().warnings)


def test_a_recheck_that_is_off_is_named_at_the_start(desk: Desk) -> None:
    warnings = desk.load("--websocket-recheck=0").warnings
    assert any("websocket" in warning and "weaker" in warning for warning in warnings)
