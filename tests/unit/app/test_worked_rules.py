"""What docs/authorization.md shows is what happens."""

import re
from pathlib import Path

import pytest

from sidegate.app.explain import Explainer
from sidegate.config.expectations import parse_request, person_of, read_expectations
from sidegate.config.findings import Findings
from sidegate.config.load import load
from tests.kit.gate import FLAGS, UPSTREAM

TEXT = (Path(__file__).parents[3] / "docs" / "authorization.md").read_text()
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


def test_there_are_worked_rules_and_each_has_expectations() -> None:
    assert len(EXAMPLES) >= 5
    assert all("[[expectations]]" in example for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_expectations_of_each_example_hold(example: str) -> None:
    flags = [*FLAGS, UPSTREAM, "--config=gate.toml", "--email-domain=.example.com"]
    loaded = load(flags, {}, lambda _: example.encode())
    assert not [warning for warning in loaded.warnings if "rule" in warning]
    explainer = Explainer(loaded.settings)
    for expected in read_expectations(loaded.values, Findings()):
        assert explainer.check(expected) is None


def test_the_explanation_shown_is_the_one_given() -> None:
    (shown,) = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)
    loaded = load([*FLAGS, UPSTREAM, "--config=x"], {}, lambda _: EXAMPLES[0].encode())
    asked = parse_request("GET", "https://app.example.com/admin")
    assert asked is not None
    alice = person_of("alice@example.com", "", ("staff",), (), "", "")
    found = Explainer(loaded.settings).explain(asked, alice)
    assert "\n".join(found.steps) + "\n" == shown
