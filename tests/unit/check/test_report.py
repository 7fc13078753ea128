"""Findings are told to people at 80 columns, and to programs as JSON."""

import json

from sidegate.check.finding import Finding, Where
from sidegate.check.report import as_json, as_text, at_or_above

FINDINGS = [
    Finding("token-mounted", Where("a.yaml", 3, "Pod x"), "not false"),
    Finding("image-floats", Where("a.yaml", 5, "Pod x"), "app:latest"),
    Finding("image-floats", Where("b.yaml", 7, "Pod y"), "app"),
]


def test_the_worst_comes_first_and_each_kind_is_explained_once():
    text = as_text(FINDINGS, waived=2)
    assert text.index("image-floats") < text.index("token-mounted")
    assert text.count("why:") == 2
    assert "  b.yaml:7 (Pod y)\n    app\n" in text
    assert text.endswith("2 problems, 1 warning, 0 notices, 2 waived\n")
    assert max(map(len, text.splitlines())) < 80


def test_what_others_wrote_moves_no_cursor():
    esc = "\x1b[2J\x9b31m\u202e"
    text = as_text([Finding("live-cookie", Where(f"https://a/{esc}"), f"{esc}=\x07")])
    assert text.replace("\n", "").isprintable()
    assert "https://a/\\x1b[2J\\x9b31m\\u202e" in text


def test_programs_read_everything():
    told = json.loads(as_json(FINDINGS))
    assert told["counts"] == {"problem": 2, "warning": 1, "notice": 0, "waived": 0}
    first = told["findings"][0]
    assert first["id"] == "image-floats"
    assert first["where"] == {"source": "a.yaml", "line": 5, "about": "Pod x"}
    assert {"severity", "seen", "title", "cause", "remedy", "link"} <= first.keys()


def test_the_least_that_fails_is_chosen():
    mild = FINDINGS[:1]
    assert not at_or_above(mild, "problem")
    assert at_or_above(mild, "warning")
    assert at_or_above(mild, "notice")
    assert not at_or_above([], "notice")
