"""`sidegate sessions`: what is asked for is understood before Redis is asked."""

import pytest

from sidegate.cli import main

Output = pytest.CaptureFixture[str]
NAME = "0123456789ab"
ON = ("--session-store-type=redis", "--redis-connection-url=redis://:hunter2@127.0.0.1:1")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["show"], "needs a session or --user"),
        (["revoke"], "needs a session or --user"),
        (["revoke", NAME, "--user=alice"], "and not both"),
        (["show", "0123"], "8 letters or more"),
    ],
)
def test_what_is_not_said_well_is_not_understood(
    words: list[str], told: str, flags: list[str], capsys: Output
) -> None:
    assert main(["sessions", *words, *flags, *ON]) == 2
    assert told in capsys.readouterr().err


def test_sessions_in_cookies_are_nowhere_to_be_listed(flags: list[str], capsys: Output) -> None:
    assert main(["sessions", "list", *flags]) == 1
    assert "only browsers know" in capsys.readouterr().err


def test_mistakes_of_the_configuration_are_told(capsys: Output) -> None:
    assert main(["sessions", "list", "--session-store-type=redis"]) == 1
    assert "redis-connection-url" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["list"], ["show", NAME], ["revoke", "--user=alice"]])
def test_a_redis_that_does_not_answer_is_told_without_its_password(
    words: list[str], flags: list[str], capsys: Output
) -> None:
    assert main(["sessions", *words, *flags, *ON]) == 1
    out = capsys.readouterr()
    assert "no connection" in out.err
    assert "hunter2" not in out.err + out.out


def test_help_says_how(capsys: Output) -> None:
    assert main(["sessions", "--help"]) == 0
    assert "revoke --user=alice@example.com" in capsys.readouterr().out
