"""The settings of rules say what has to be looked up for them."""

import msgspec
import pytest

from sidegate.config.rule_settings import PeopleSettings, RuleSettings
from tests.unit.config.conftest import Desk


@pytest.mark.parametrize(
    ("people", "needed"),
    [
        (PeopleSettings(), False),
        (PeopleSettings(emails=("a@b.c",)), False),
        (PeopleSettings(groups=("g",)), True),
        (PeopleSettings(all_groups=("g",)), True),
        (PeopleSettings(roles=("r",)), True),
    ],
)
def test_groups_are_looked_up_where_a_rule_looks_at_them(
    desk: Desk, people: PeopleSettings, *, needed: bool
) -> None:
    access = desk.load().settings.access
    for rule in (RuleSettings(name="r", allow=(people,)), RuleSettings(name="r", deny=(people,))):
        assert msgspec.structs.replace(access, rules=(rule,)).need_groups is needed
