"""SARIF has every finding with its rule, its place, and whether it is waived."""

import json

from sidegate.check.finding import Finding, Where
from sidegate.check.sarif import as_sarif

FOUND = [Finding("image-floats", Where("deploy/my app.yaml", 5, "Pod x"), "app:latest")]
WAIVED = [Finding("token-mounted", Where("https://a.test"), "not false")]


def test_a_run_names_rules_and_results():
    told = json.loads(as_sarif(FOUND, WAIVED, "0.1.0"))
    assert told["version"] == "2.1.0"
    (run,) = told["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["image-floats", "token-mounted"]
    first, second = run["results"]
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"] == "image-floats"
    assert first["level"] == "error"
    place = first["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "deploy/my%20app.yaml"},
        "region": {"startLine": 5},
    }
    assert "suppressions" not in first
    assert second["suppressions"] == [{"kind": "external"}]
    assert "region" not in second["locations"][0]["physicalLocation"]


def test_nothing_found_is_a_run_without_results():
    (run,) = json.loads(as_sarif([], [], "0.1.0"))["runs"]
    assert run["results"] == []
