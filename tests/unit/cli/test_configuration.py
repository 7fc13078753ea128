"""Mistakes are printed like a compiler does, all at once, and nothing of a secret."""

import pytest

from sidegate.cli import main

Output = pytest.CaptureFixture[str]


def test_a_mistake_stops_the_start_and_is_printed_like_a_compiler_does(
    flags: list[str], served: list[object], capsys: Output
) -> None:
    assert main([*flags, "--upstrem=x", "--cookie-expire=1d"]) == 1
    assert served == []
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "flag --upstrem: unknown\n  Did you mean --upstream?\n\n"
        "flag --cookie-expire: not a duration\n"
        '  Days and weeks are written in hours: "24h".\n\n'
        "2 mistakes in the configuration. `sidegate serve --help` lists the options.\n"
    )


def test_one_mistake_is_not_called_mistakes(flags: list[str], capsys: Output) -> None:
    assert main([*flags, "--upstrem=x"]) == 1
    assert "\n1 mistake in the configuration. " in capsys.readouterr().err


def test_a_mistake_in_a_secret_does_not_print_it(flags: list[str], capsys: Output) -> None:
    assert main([*flags, "--cookie-secret=hunter2"]) == 1
    printed = capsys.readouterr()
    assert "hunter2" not in printed.out + printed.err


def test_a_file_that_is_not_there_is_a_mistake_with_its_name(
    flags: list[str], capsys: Output
) -> None:
    assert main([*flags, "--config=/nowhere/gate.toml"]) == 1
    assert "/nowhere/gate.toml" in capsys.readouterr().err
