"""What the table alone can tell: choices, numbers, characters, and what is not built."""

import pytest

from tests.unit.config.conftest import Desk


@pytest.mark.parametrize("flag", ["--cookie-expire=-1s", "--header-timeout=-5s"])
def test_a_negative_number_is_a_mistake(desk: Desk, flag: str) -> None:
    assert "is negative" in desk.mistake(flag)


@pytest.mark.parametrize(
    "flag", ["--limit-header-bytes=0", "--header-timeout=0s", "--upstream-timeout=0s"]
)
def test_zero_is_no_limit_and_so_a_mistake(desk: Desk, flag: str) -> None:
    assert "must be more than zero" in desk.mistake(flag)


@pytest.mark.parametrize("flag", ["--cookie-expire=0s", "--cookie-refresh=0s", "--drain-delay=0s"])
def test_zero_is_fine_where_it_means_off(desk: Desk, flag: str) -> None:
    assert desk.mistakes(flag) == []


@pytest.mark.parametrize("value", ["a\r\nb", "a\0", "a\u200b", "a\x7f"])
def test_a_control_character_is_a_mistake(desk: Desk, value: str) -> None:
    assert any("control character" in text for text in desk.mistakes(f"--prompt={value}"))


def test_a_choice_may_be_spelled_in_capitals(desk: Desk) -> None:
    assert desk.load("--cookie-samesite=STRICT").settings.cookie.cookie_samesite == "strict"


def test_another_choice_is_refused_with_what_was_meant(desk: Desk) -> None:
    mistake = desk.mistake("--cookie-samesite=strickt")
    assert "Did you mean strict?" in mistake
    assert "One of: " in mistake


def test_a_planned_option_is_refused_rather_than_ignored(desk: Desk) -> None:
    assert "not built into this version" in desk.mistake("--alpha-config=x")


def test_a_planned_option_at_its_default_is_no_mistake(desk: Desk) -> None:
    assert desk.mistakes("--htpasswd-file=") == []


def test_a_weaker_value_is_said_at_the_start(desk: Desk) -> None:
    (warning,) = desk.load("--skip-auth-preflight").warnings
    assert "weaker than the default: every OPTIONS request" in warning
