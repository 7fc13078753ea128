"""`sidegate check` prints findings, and its status is for CI."""

import json
import sys
from pathlib import Path

import pytest

from sidegate.cli import main

Output = pytest.CaptureFixture[str]
SPOILT = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    file = tmp_path / "a.yaml"
    file.write_text(SPOILT)
    return file


@pytest.mark.parametrize(("least", "status"), [("problem", 0), ("warning", 1), ("notice", 1)])
def test_the_status_says_whether_it_matters(manifest: Path, least: str, status: int) -> None:
    assert main(["check", str(manifest), f"--fail-on={least}"]) == status


def test_findings_are_printed_as_text_or_json(manifest: Path, capsys: Output) -> None:
    main(["check", str(manifest)])
    assert f"{manifest}:3 (Namespace a)" in capsys.readouterr().out
    main(["check", str(manifest.parent), "--format=json"])
    assert json.loads(capsys.readouterr().out)["counts"]["warning"] == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [("a: [", "not YAML"), ("a: 1\na: 2", '"a" twice (line 2)')],
)
def test_what_cannot_be_read_is_status_2(
    manifest: Path, capsys: Output, text: str, told: str
) -> None:
    manifest.write_text(text)
    assert main(["check", str(manifest)]) == 2
    assert told in capsys.readouterr().err


def test_a_file_that_is_missing_or_none_is_status_2(tmp_path: Path, capsys: Output) -> None:
    assert main(["check", str(tmp_path / "nowhere")]) == 2
    assert main(["check"]) == 2
    assert "name files" in capsys.readouterr().err


def test_without_pyyaml_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.delitem(sys.modules, "sidegate.manifests.read", raising=False)
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert main(["check", "a.yaml"]) == 2
    assert "sidegate[kubernetes]" in capsys.readouterr().err


def test_the_help_fits_in_80_columns(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
