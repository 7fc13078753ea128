"""Findings as people and programs read them."""

import json

import pytest

from sidegate.doctor.finding import Finding, advice, fine, problem, unseen, warning
from sidegate.doctor.report import as_json, as_text, explain, status

GOOD = fine("names", "3 host names are found")
BAD = problem("clock", "this machine is 60 s behind", "oidc")


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([GOOD], 0),
        ([GOOD, warning("runs_as_root", "x")], 0),
        ([GOOD, unseen("check_slow", "x")], 2),
        ([unseen("check_slow", "x"), BAD, GOOD], 1),
    ],
)
def test_the_status_says_the_worst(findings: list[Finding], expected: int) -> None:
    assert status(findings) == expected
    assert json.loads(as_json(findings))["status"] == expected


def test_the_worst_comes_first_with_what_was_seen_cause_remedy_and_link() -> None:
    text = as_text([GOOD, warning("runs_as_root", "root"), BAD])
    assert text.index("problem  clock") < text.index("warning  runs_as_root") < text.index("fine ")
    assert "  seen:   oidc: this machine is 60 s behind\n" in text
    assert "  cause:  " in text
    assert "  remedy: Have the clock set by NTP" in text
    assert "  more:   docs/operate/doctor.md#clock\n" in text
    assert text.endswith("\n1 problem, 1 warning, 0 not seen, 1 fine\n")


def test_what_has_one_cause_is_explained_once() -> None:
    text = as_text([BAD, problem("clock", "this machine is 61 s behind", "corp")])
    assert text.count("remedy:") == 1
    assert text.count("seen:") == 2


def test_text_is_80_columns_wide() -> None:
    findings = [problem(name, "seen " * 30, "about") for name in advice()]
    assert max(map(len, as_text(findings).splitlines())) < 80
    assert all(max(map(len, explain(name).splitlines())) < 80 for name in advice())


def test_json_has_all_of_it() -> None:
    whole = json.loads(as_json([GOOD, BAD]))
    first, second = whole["findings"]
    assert whole["version"] == 1
    assert whole["counts"] == {"problem": 1, "unseen": 0, "warning": 0, "fine": 1}
    assert (first["id"], first["severity"], first["about"]) == ("clock", "problem", "oidc")
    assert first["seen"] == "this machine is 60 s behind"
    assert {"title", "cause", "remedy", "link"} <= first.keys()
    assert second == {
        "id": "names",
        "severity": "fine",
        "about": "",
        "seen": "3 host names are found",
    }
