"""The command line, as little scripts: words in, status and text out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sidegate import __version__
from sidegate.cli import main

Output = pytest.CaptureFixture[str]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")}


@pytest.mark.parametrize("words", [["--version"], ["version"], ["serve", "--version"]])
def test_version(words: list[str], capsys: Output) -> None:
    assert main(words) == 0
    assert capsys.readouterr().out == f"sidegate {__version__}\n"


def test_an_unknown_command_is_a_usage_error_with_a_hint(capsys: Output) -> None:
    assert main(["srve"]) == 2
    assert "Did you mean serve?" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["config"], ["config", "x"], ["secret", "x"], ["completion"]])
def test_wrong_arguments_of_a_command_are_usage_errors(words: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_the_module_runs_as_the_command_does_and_loads_no_server() -> None:
    script = (
        "import sys, runpy; sys.argv = ['sidegate', '--help']\n"
        "try: runpy.run_module('sidegate', run_name='__main__')\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'asyncio', 'ssl', 'cryptography', 'msgspec', 'argparse', 'uvloop'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, env=ENVIRONMENT)


def test_a_reader_who_leaves_early_is_no_error() -> None:
    script = f"{sys.executable} -m sidegate config docs | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert (done.returncode, done.stderr) == (0, "")
