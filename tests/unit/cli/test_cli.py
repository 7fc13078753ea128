"""The command line, as little scripts: words in, status and text out."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from sidegate import __version__
from sidegate.cli import COMMANDS, main
from sidegate.cli.completion import WRITERS
from sidegate.cli.help import overview, serve_help
from sidegate.config.options import GENERAL, OPTIONS, Status

Output = pytest.CaptureFixture[str]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")}


@pytest.fixture
def flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the flags of a configuration that is right, in an environment without options."""
    for name in list(os.environ):
        if name.startswith("OAUTH2_PROXY_"):
            monkeypatch.delenv(name)
    (tmp_path / "cookie").write_text("x" * 32)
    (tmp_path / "client").write_text("hunter2\n")
    return [
        "--upstream=http://127.0.0.1:8080",
        "--oidc-issuer-url=https://login.test",
        "--client-id=app",
        f"--client-secret-file={tmp_path / 'client'}",
        f"--cookie-secret-file={tmp_path / 'cookie'}",
        "--email-domain=example.com",
    ]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Put a server in place that only remembers what it was to serve."""
    calls: list[object] = []

    def run(settings: object, warnings: list[str]) -> int:
        calls.append((settings, warnings))
        return 0

    monkeypatch.setitem(sys.modules, "sidegate.app", SimpleNamespace(run=run))
    return calls


@pytest.mark.parametrize("command", [["serve"], []])
def test_flags_with_or_without_the_command_serve(
    command: list[str], flags: list[str], served: list[object]
) -> None:
    assert main([*command, *flags]) == 0
    assert len(served) == 1


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


@pytest.mark.parametrize(
    "words", [["config", "check"], ["--config-test"], ["serve", "--config-test"]]
)
def test_check_says_that_all_is_well_and_does_not_serve(
    words: list[str], flags: list[str], served: list[object], capsys: Output
) -> None:
    assert main([*words, *flags, "--cookie-secure=false"]) == 0
    assert served == []
    out = capsys.readouterr().out
    assert out.startswith("warning: flag --cookie-secure: weaker than the default")
    assert out.endswith("The configuration is valid.\n")


def test_check_finds_mistakes(flags: list[str], capsys: Output) -> None:
    assert main(["config", "check", *flags, "--provider=google"]) == 1
    assert "not built" in capsys.readouterr().err


def test_show_prints_values_with_origin(flags: list[str], capsys: Output) -> None:
    assert main(["config", "show", *flags]) == 0
    assert "# flag --client-id\n" in capsys.readouterr().out
    assert main(["config", "show", "--json", *flags]) == 0
    assert json.loads(capsys.readouterr().out)["client_id"]["value"] == "app"


def test_schema_and_docs_need_no_configuration(capsys: Output) -> None:
    assert main(["config", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"
    assert main(["config", "docs"]) == 0
    assert "# Configuration" in capsys.readouterr().out


def test_secret_prints_32_random_bytes(capsys: Output) -> None:
    assert main(["secret"]) == 0
    first = capsys.readouterr().out
    assert len(base64.urlsafe_b64decode(first)) == 32
    main(["secret"])
    assert capsys.readouterr().out != first


def test_demo_gets_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    demo = SimpleNamespace(run=lambda words: seen.append(words) or 0)
    monkeypatch.setitem(sys.modules, "sidegate.demo", demo)
    assert main(["demo", "--port=1"]) == 0
    assert seen == [["--port=1"]]


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


@pytest.mark.parametrize("shell", WRITERS)
def test_completion_offers_every_built_flag_and_command(shell: str, capsys: Output) -> None:
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    for option in (*GENERAL, *OPTIONS):
        if option.status is Status.BUILT:
            assert f"-l {option.flag} " in text or f"--{option.flag}" in text
    assert all(command in text for command in COMMANDS)


def test_bash_completes_flags() -> None:
    script = WRITERS["bash"]() + (
        "compopt() { :; }\nCOMP_WORDS=(sidegate serve --oidc-iss)\nCOMP_CWORD=2\n"
        '_sidegate\necho "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "--oidc-issuer-url=\n"


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
