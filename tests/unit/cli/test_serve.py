"""`sidegate serve`: a good configuration is served, a question is answered instead."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from sidegate.cli import main


@pytest.mark.parametrize("command", [["serve"], []])
def test_flags_with_or_without_the_command_serve(
    command: list[str], flags: list[str], served: list[object]
) -> None:
    assert main([*command, *flags]) == 0
    assert len(served) == 1


@pytest.mark.parametrize("words", [["serve", "--help"], ["--help"], ["--version"]])
def test_a_question_is_answered_instead(
    words: list[str], flags: list[str], served: list[object]
) -> None:
    assert main([*words, *flags]) == 0
    assert served == []


def test_the_status_of_the_server_is_the_status_of_the_command(
    flags: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = SimpleNamespace(run=lambda *_: 1)
    monkeypatch.setitem(sys.modules, "sidegate.app", server)
    assert main(flags) == 1


def test_warnings_are_handed_to_the_server(flags: list[str], served: list[object]) -> None:
    assert main([*flags, "--cookie-secure=false"]) == 0
    assert "weaker than the default" in str(served)


def test_the_server_can_read_the_configuration_again(
    flags: list[str], served: list[object], tmp_path: Path
) -> None:
    path = tmp_path / "gate.toml"
    path.write_text('cookie_expire = "2h"\n')
    main(["serve", *flags, f"--config={path}"])
    ((settings, _, config, load),) = served  # type: ignore[misc] # what `served` keeps
    assert (config, settings.cookie.cookie_expire) == (str(path), 7200.0)
    path.write_text('cookie_expire = "3h"\n')
    assert load().cookie.cookie_expire == 10800.0
