"""A yes is repeated for the same session under the same rules, and until one of its own times."""

from dataclasses import replace
from typing import Any

import pytest

from sidegate.core.decision import Admission, Allow, Deny
from sidegate.core.identity import BY_FILE, Identity, Session, Tokens
from sidegate.core.secret import Secret
from sidegate.frontends.standing import Standings
from sidegate.gate.rule_list import RuleList
from sidegate.gate.rules import Rules

NOW = 1000.0
HOUR = 3600.0
ALICE = Session("id", "oidc", Identity("sub-1", "alice@a.test"), Tokens(), NOW, NOW, NOW + HOUR)
RENEWABLE = replace(ALICE, tokens=Tokens(refresh_token=Secret("r")))


def noted(
    session: Session = ALICE, rules: Rules | None = None, refresh: float = 0.0, idle: float = 0.0
) -> Standings:
    standings = Standings(rules or Rules(["*"]), refresh, idle)
    standings.note(Admission(Allow(session)), NOW)
    return standings


def test_the_same_answer_stands_for_the_same_session() -> None:
    standing = noted().find(ALICE, NOW + 1)
    assert standing is not None
    assert standing.admission == Admission(Allow(ALICE))
    assert standing.name == "alice@a.test"


@pytest.mark.parametrize("found", [None, replace(ALICE), replace(ALICE, generation=1)])
def test_it_says_nothing_about_another_session_or_none(found: Session | None) -> None:
    assert noted().find(found, NOW) is None


@pytest.mark.parametrize(
    ("session", "options", "until"),
    [
        (ALICE, {}, NOW + HOUR),
        (RENEWABLE, {"refresh": 60.0}, NOW + 60),
        (replace(ALICE, tokens=Tokens(renews_by_asking=True)), {"refresh": 60.0}, NOW + 60),
        (replace(ALICE, idle_until=NOW + 1090), {"idle": 1000.0}, NOW + 90),
        (replace(ALICE, idle_until=NOW + 90), {}, NOW + 90),
    ],
    ids=["its end", "its renewal", "the provider is asked", "a use is written down", "unused"],
)
def test_it_stands_until_a_time_of_the_session_comes(
    session: Session, options: dict[str, Any], until: float
) -> None:
    standings = noted(session, **options)
    assert standings.find(session, until - 1) is not None
    assert standings.find(session, until) is None


def test_a_clock_that_was_set_back_ends_it() -> None:
    assert noted().find(ALICE, NOW - 1) is None


def test_other_rules_end_it() -> None:
    rules = Rules(["a.test"])
    standings = noted(rules=rules)
    rules.take_emails(["bob@b.test"])
    assert standings.find(ALICE, NOW) is None
    standings.note(Admission(Allow(ALICE)), NOW)
    rules.take_over(Rules(["b.test"]))
    assert standings.find(ALICE, NOW) is None


def test_nothing_stands_where_it_depends_on_what_is_asked_for() -> None:
    assert noted(rules=Rules(["*"], ordered=RuleList([]))).find(ALICE, NOW) is None


def test_nothing_stands_for_whom_the_file_of_users_vouches() -> None:
    session = replace(ALICE, provider=f"{BY_FILE}mark")
    assert noted(session).find(session, NOW) is None


@pytest.mark.parametrize("decision", [Allow(None), Deny("email", ALICE)])
def test_only_a_yes_to_somebody_stands(decision: Allow | Deny) -> None:
    standings = Standings(Rules(["*"]), 0.0, 0.0)
    standings.note(Admission(decision), NOW)
    assert standings.find(None, NOW) is standings.find(ALICE, NOW) is None


def test_what_is_remembered_is_bounded() -> None:
    standings = noted()
    for _ in range(2047):
        standings.note(Admission(Allow(replace(ALICE))), NOW)
    assert standings.find(ALICE, NOW) is not None
    standings.note(Admission(Allow(replace(ALICE))), NOW)
    assert standings.find(ALICE, NOW) is None
