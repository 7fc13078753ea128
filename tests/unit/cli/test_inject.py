"""`sidegate inject` writes where it is told, or nothing at all."""

import io
import sys
from pathlib import Path

import pytest

from sidegate.cli import main
from tests.unit.inject.application import APPLICATION

Output = pytest.CaptureFixture[str]
IMAGE = "--image=registry.example/sidegate:0.1.0"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app.yaml"
    path.write_text(APPLICATION)
    return path


def test_it_goes_to_standard_output_and_the_file_stays(file: Path, capsys: Output) -> None:
    assert main(["inject", IMAGE, str(file)]) == 0
    assert "name: sidegate" in capsys.readouterr().out
    assert file.read_text() == APPLICATION


def test_in_place_it_changes_the_file_and_takes_it_back(file: Path) -> None:
    assert main(["inject", "-i", IMAGE, str(file.parent)]) == 0
    assert "name: sidegate" in file.read_text()
    assert main(["inject", "--check", IMAGE, str(file)]) == 0
    assert main(["inject", "-i", "--uninject", str(file)]) == 0
    assert file.read_text() == APPLICATION


def test_check_says_what_would_change(file: Path, capsys: Output) -> None:
    assert main(["inject", "--check", IMAGE, str(file)]) == 1
    assert f"{file} would change" in capsys.readouterr().err
    assert file.read_text() == APPLICATION


def test_standard_input_is_read_as_a_post_renderer_does(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(APPLICATION.encode())))
    assert main(["inject", IMAGE, "--", "--provider=google"]) == 0
    assert "- --provider=google\n" in capsys.readouterr().out


def test_a_function_of_kustomize_takes_its_settings_from_what_it_is_handed(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    items = "".join(
        "- " + document.replace("\n", "\n  ").rstrip(" ") for document in APPLICATION.split("---\n")
    )
    text = (
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
        "functionConfig: {spec: {image: 'g:1', arguments: [--provider=google]}}\n"
        f"items:\n{items}"
    )
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["inject"]) == 0
    told = capsys.readouterr().out
    assert "kind: ResourceList" in told
    assert "- --provider=google" in told
    assert "targetPort: 4180" in told


def test_several_files_become_one_stream(file: Path, capsys: Output) -> None:
    deployment, service = APPLICATION.split("---\n")
    file.write_text(deployment)
    (file.parent / "service.yaml").write_text(service)
    assert main(["inject", IMAGE, str(file.parent)]) == 0
    assert capsys.readouterr().out.count("\n---\n") == 1


@pytest.mark.parametrize(
    ("words", "text", "told"),
    [
        ([], APPLICATION, "--image: is missing"),
        ([IMAGE], "a: [", "not YAML"),
        ([IMAGE], "a: 1\n", "nothing that makes pods"),
        ([IMAGE, "--workload=x"], APPLICATION, "Deployment/web"),
    ],
)
def test_what_cannot_be_done_is_status_2_and_nothing_is_written(
    file: Path, capsys: Output, words: list[str], text: str, told: str
) -> None:
    file.write_text(text)
    assert main(["inject", "-i", *words, str(file)]) == 2
    assert told in capsys.readouterr().err
    assert file.read_text() == text


def test_what_a_manifest_says_moves_no_cursor(file: Path, capsys: Output) -> None:
    file.write_text('"\\e[2J": 1\n"\\e[2J": 2\n')
    assert main(["inject", "--image=x", str(file)]) == 2
    assert '"\\x1b[2J" twice' in capsys.readouterr().err


def test_standard_input_cannot_be_changed_in_place(capsys: Output) -> None:
    assert main(["inject", "-i", IMAGE]) == 2
    assert "needs files" in capsys.readouterr().err


def test_a_file_that_is_missing_is_status_2(tmp_path: Path) -> None:
    assert main(["inject", IMAGE, str(tmp_path / "nowhere.yaml")]) == 2


def test_without_pyyaml_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.delitem(sys.modules, "sidegate.manifests.read", raising=False)
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert main(["inject", IMAGE]) == 2
    assert "sidegate[kubernetes]" in capsys.readouterr().err


def test_the_help_fits_in_80_columns(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["inject", "--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
