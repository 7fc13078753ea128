"""`sidegate check` prints findings, and its status is for CI."""

import json
import subprocess
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
    [
        ("a: [", "not YAML"),
        ("a: 1\na: 2", '"a" twice (line 2)'),
        ('"\\e[2J": 1\n"\\e[2J": 2', '"\\x1b[2J" twice (line 2)'),
        ("", "no object of Kubernetes"),
        ("image: {tag: x}", "no object of Kubernetes"),
    ],
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


@pytest.mark.parametrize("words", [["--questions"], ["--docs"], ["--url=http://127.0.0.1:1"]])
def test_what_reads_no_manifest_needs_no_pyyaml(words: list[str], tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['yaml'] = None; from sidegate.cli import main; "
        f"sys.exit(main(['check', *{words}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "PyYAML" not in done.stderr
    assert done.returncode == 0 or "Is it the address of a gate that runs?" in done.stderr


def test_the_help_fits_in_80_columns(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_the_options_of_a_gate_are_checked_too(flags: list[str], capsys: Output) -> None:
    assert main(["check", "--", *flags, "--email-domain=*"]) == 1
    assert "[open-to-everybody]" in capsys.readouterr().out


def test_an_address_that_is_none_is_status_2(capsys: Output) -> None:
    assert main(["check", "--url=https://[x"]) == 2
    assert "Is it the address" in capsys.readouterr().err


def test_a_review_file_waives_and_asks(
    manifest: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(manifest.parent)
    (manifest.parent / "security-review.toml").write_text(
        '[[waivers]]\nid = "namespace-not-restricted"\nreason = "x"\nuntil = 9999-01-01\n'
    )
    assert main(["check", str(manifest)]) == 0
    told = capsys.readouterr().out
    assert "1 waived" in told
    assert "[review-missing]" in told
    assert main(["check", str(manifest), "--format=sarif"]) == 0
    assert "suppressions" in capsys.readouterr().out
    assert main(["check", str(manifest), "--format=checklist"]) == 0
    assert "alerts?" in capsys.readouterr().out


def test_a_review_file_with_a_mistake_is_status_2(manifest: Path, capsys: Output) -> None:
    review = manifest.parent / "review.toml"
    review.write_text("x = 1")
    assert main(["check", str(manifest), f"--review={review}"]) == 2
    assert "x is unknown" in capsys.readouterr().err


def test_without_a_review_file_it_says_how_to_make_one(
    manifest: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(manifest.parent)
    main(["check", str(manifest)])
    assert "--questions" in capsys.readouterr().err
    assert main(["check", "--questions"]) == 0
    assert "[reviews]" in capsys.readouterr().out
