"""`sidegate doctor` in the terminal."""

import json

import pytest

from sidegate.cli import main
from sidegate.cli.doctor import sort
from sidegate.doctor import examine
from sidegate.doctor.finding import Finding, fine, problem
from sidegate.doctor.scene import Scene

Output = pytest.CaptureFixture[str]
Seen = list[Scene]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Put an examination in place that only remembers, and finds one thing."""
    scenes: Seen = []

    def remember(scene: Scene) -> list[Finding]:
        scenes.append(scene)
        return [problem("clock", "60 s behind") if scene.is_told else fine("names", "found")]

    monkeypatch.setattr(examine, "examine_now", remember)
    return scenes


def test_what_is_found_is_printed_and_the_status_says_how_bad_it_is(
    flags: list[str], seen: Seen, capsys: Output
) -> None:
    assert main(["doctor", *flags]) == 0
    assert "fine     names: found" in capsys.readouterr().out
    assert main(["doctor", *flags, "--url", "https://app.test"]) == 1
    assert "problem  clock" in capsys.readouterr().out
    assert [str(scene.public) for scene in seen] == ["None", "https://app.test"]


def test_json_is_for_programs(flags: list[str], seen: Seen, capsys: Output) -> None:
    assert main(["doctor", "--format=json", *flags]) == 0
    assert seen
    assert json.loads(capsys.readouterr().out)["status"] == 0


def test_mistakes_of_the_configuration_are_findings_with_status_2(
    flags: list[str], seen: Seen, capsys: Output
) -> None:
    assert main(["doctor", *flags, "--nonsense", "--format=json"]) == 2
    whole = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in whole["findings"]] == ["configuration_mistake"]
    assert "--nonsense" in whole["findings"][0]["seen"]
    assert seen == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--format=xml"], "--format is one of text, json."),
        (["--url=app.test"], "--url is an address such as"),
        (["--url"], ""),
        (["--code=state_mismatsch"], "Did you mean state_mismatch?"),
        (["--code=certificate_expire"], "Did you mean certificate_expire"),
        (["--docs=errors"], "--docs is one of codes, findings."),
    ],
)
def test_what_is_not_understood_is_status_2(words: list[str], told: str, capsys: Output) -> None:
    assert main(["doctor", *words]) == 2
    captured = capsys.readouterr()
    assert told in captured.err


@pytest.mark.parametrize("name", ["state_mismatch", "certificate_expired"])
def test_codes_and_findings_are_explained(name: str, capsys: Output) -> None:
    assert main(["doctor", "--code", name]) == 0
    assert capsys.readouterr().out.startswith(name)


@pytest.mark.parametrize(("name", "title"), [("codes", "# Codes"), ("findings", "# sidegate")])
def test_pages_of_the_documentation_are_printed(name: str, title: str, capsys: Output) -> None:
    assert main(["doctor", f"--docs={name}"]) == 0
    assert capsys.readouterr().out.startswith(title)


def test_help_fits_into_80_columns(capsys: Output) -> None:
    assert main(["doctor", "--help"]) == 0
    out = capsys.readouterr().out
    assert "Exit status:" in out
    assert all(len(line) < 80 for line in out.splitlines())


def test_our_flags_are_told_from_those_of_the_configuration() -> None:
    words = ["--config", "x", "--url=https://a.test", "--format", "json", "--scope=openid"]
    assert sort(words) == (
        {"url": "https://a.test", "format": "json"},
        ["--config", "x", "--scope=openid"],
    )
