"""The help says what there is, and nothing else."""

import pytest

from sidegate.cli import COMMANDS, main
from sidegate.cli.help import overview, serve_help
from sidegate.config.options import GENERAL, OPTIONS, Status

Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], ["serve", "--help"]])
def test_help_begins_with_a_purpose_and_an_example(words: list[str], capsys: Output) -> None:
    assert main(words) == 0
    purpose, _empty, example = capsys.readouterr().out.splitlines()[:3]
    assert purpose.endswith(".")
    assert example.startswith("  sidegate serve --upstream=")


def test_help_fits_80_columns_and_lists_all_that_is_built_and_nothing_else() -> None:
    text = serve_help()
    assert all(len(line) < 80 for line in (text + overview()).splitlines())
    for option in (*GENERAL, *OPTIONS):
        listed = f"\n  --{option.flag}" in text.replace("=", "\n")
        assert listed == (option.status is Status.BUILT), option.flag
        assert not listed or not option.environment or option.variable in text


def test_the_overview_lists_every_command() -> None:
    assert all(f"\n  {command} " in overview() for command in COMMANDS)
