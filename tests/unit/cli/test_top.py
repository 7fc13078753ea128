"""`sidegate top` as a command."""

import pytest

from sidegate.cli import main

Output = pytest.CaptureFixture[str]


def test_nobody_who_answers_is_status_1(capsys: Output) -> None:
    assert main(["top", "--once", "--metrics=http://127.0.0.1:1"]) == 1
    assert "sidegate top: no answer: http://127.0.0.1:1" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--interval=0"], ["--interval=soon"], ["--nonsense"]])
def test_what_is_not_understood_is_status_2(words: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["top", *words])
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_help_fits_into_80_columns(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["top", "--help"])
    assert all(len(line) < 80 for line in capsys.readouterr().out.splitlines())
