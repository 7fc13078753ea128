"""Mistakes are told once each, with what was probably meant."""

from sidegate.config.findings import Findings, Malformed, nearest, suggestion


def test_a_mistake_says_where_what_and_how_to_mend_it() -> None:
    findings = Findings()
    findings.refuse("flag --a", "is wrong", "Write b.")
    assert findings.mistakes == ["flag --a: is wrong\n  Write b."]


def test_the_same_thing_is_said_once() -> None:
    findings = Findings()
    for _ in range(2):
        findings.refuse("a", "b", "c")
        findings.warn("a", "b")
    assert (len(findings.mistakes), findings.warnings) == (1, ["a: b"])


def test_a_warning_is_no_mistake() -> None:
    findings = Findings()
    findings.warn("a", "b")
    assert findings.mistakes == []


def test_only_something_near_is_suggested() -> None:
    assert nearest("upstrem", ["upstream", "prompt"]) == "upstream"
    assert nearest("zzz", ["upstream"]) is None
    assert suggestion("upstrem", ["upstream"], "no") == "Did you mean upstream?"
    assert suggestion("zzz", ["upstream"], "See the help.") == "See the help."


def test_a_malformed_value_is_not_quoted() -> None:
    error = Malformed("no scheme", "Write http://.")
    assert (str(error), error.what, error.remedy) == ("no scheme", "no scheme", "Write http://.")
