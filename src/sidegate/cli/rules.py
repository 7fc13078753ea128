"""`sidegate rules test`: whether the rules do what is expected of them."""

from __future__ import annotations

import sys

from sidegate.cli.configuration import load_or_explain
from sidegate.config.expectations import Expectation, read_expectations
from sidegate.config.findings import Findings
from sidegate.config.load import Loaded

HELP = """\
Try every [[expectations]] of the configuration on its rules.

  sidegate rules test --config=sidegate.toml

The flags are those of `sidegate serve`. Failures come with every step that led
there. Exit status: 0 when all hold, 1 when one does not.
"""


def run(words: list[str]) -> int:
    """Run the named action."""
    if {"-h", "--help"}.intersection(words):
        print(HELP, end="")
        return 0
    if words[:1] != ["test"]:
        print("sidegate rules: write `sidegate rules test`. See --help.", file=sys.stderr)
        return 2
    loaded = load_or_explain(words[1:])
    if loaded is None:
        return 1
    expectations = expectations_of(loaded)
    failures = failed(loaded, expectations)
    for failure in failures:
        print(f"{failure}\n", file=sys.stderr)
    print(summary(len(expectations), len(failures)))
    return 1 if failures else 0


def expectations_of(loaded: Loaded) -> tuple[Expectation, ...]:
    """Return the expectations, in which `load` found no mistake."""
    return read_expectations(loaded.values, Findings())


def failed(loaded: Loaded, expectations: tuple[Expectation, ...]) -> list[str]:
    """Return what came of each expectation that does not hold, with every step."""
    if not expectations:
        return []
    from sidegate.app.explain import Explainer

    explainer = Explainer(loaded.settings)
    pairs = ((expected, explainer.check(expected)) for expected in expectations)
    return [
        "\n  ".join([f"{expected.place}: {told(expected)}, and it is not so", *found.steps])
        for expected, found in pairs
        if found is not None
    ]


def told(expected: Expectation) -> str:
    """Return an expectation in words."""
    by = f' by "{expected.rule}"' if expected.rule else ""
    who, asks = expected.person.user or "nobody", expected.request
    url = f"{asks.scheme}://{asks.host}{asks.target}"
    return f"expected {expected.outcome}{by} for {who} with {asks.method} {url}"


def summary(count: int, failures: int) -> str:
    """Return how many hold."""
    if not count:
        return "There are no [[expectations]]."
    return f"{count - failures} of {count} expectations hold."
