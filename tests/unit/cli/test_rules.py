"""`sidegate rules test` tries what is expected of the rules."""

from pathlib import Path

import pytest

from sidegate.cli import main

Output = pytest.CaptureFixture[str]
RULES = """
[[rules]]
name = "admin"
paths = ["/admin"]
allow = { groups = ["admins"] }

[[expectations]]
request = "GET https://app.test/admin"
user = "root@example.com"
groups = ["admins"]
expect = "allow"
"""
WRONG = """
[[expectations]]
request = "GET https://app.test/other?q"
user = "root@example.com"
expect = "allow"
rule = "admin"
"""


@pytest.fixture
def rules(flags: list[str], tmp_path: Path) -> list[str]:
    (tmp_path / "gate.toml").write_text(RULES)
    return [*flags, f"--config={tmp_path / 'gate.toml'}"]


def test_all_expectations_hold(rules: list[str], capsys: Output) -> None:
    assert main(["rules", "test", *rules]) == 0
    assert capsys.readouterr().out == "1 of 1 expectations hold.\n"
    assert main(["config", "check", *rules]) == 0


def test_a_failure_is_told_with_its_place_and_every_step(
    rules: list[str], tmp_path: Path, capsys: Output
) -> None:
    (tmp_path / "gate.toml").write_text(RULES + WRONG)
    assert main(["rules", "test", *rules]) == 1
    out, err = capsys.readouterr()
    assert out == "1 of 2 expectations hold.\n"
    first, *steps = err.strip().splitlines()
    assert first.endswith(
        'line 13: expected allow by "admin" for root@example.com with '
        "GET https://app.test/other?q, and it is not so"
    )
    assert steps[0] == "  request: GET /other at app.test from 192.0.2.1"
    assert "no_rule" in steps[-1]


def test_config_check_fails_with_them(rules: list[str], tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "gate.toml").write_text(RULES + WRONG)
    assert main(["config", "check", *rules]) == 1
    out, err = capsys.readouterr()
    assert "is valid" not in out
    assert "and it is not so" in err


def test_no_expectations_is_said(flags: list[str], capsys: Output) -> None:
    assert main(["rules", "test", *flags]) == 0
    assert capsys.readouterr().out == "There are no [[expectations]].\n"


def test_mistakes_of_the_configuration_are_told(flags: list[str], capsys: Output) -> None:
    assert main(["rules", "test", *flags, "--nonsense"]) == 1
    assert "--nonsense" in capsys.readouterr().err


def test_help_and_what_is_not_understood(capsys: Output) -> None:
    assert main(["rules", "--help"]) == 0
    assert "sidegate rules test" in capsys.readouterr().out
    assert main(["rules", "tset"]) == 2
    assert main(["rules"]) == 2
