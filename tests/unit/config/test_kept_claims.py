"""What is asked of a provider and kept in a session is what somebody looks at."""

import pytest

from sidegate.config.kept_claims import claims_needed
from tests.unit.config.conftest import Desk


def test_what_several_ask_for_is_kept_once() -> None:
    assert claims_needed(("b", "a"), (), ("a",)) == ("a", "b")


def test_nothing_is_kept_for_nobody() -> None:
    assert claims_needed() == ()


QUIET = ("--pass-user-headers=false", "--pass-basic-auth=false")


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ((), True),
        (QUIET, False),
        ((*QUIET, "--set-xauthrequest"), True),
        ((*QUIET, "--allowed-group=a"), True),
        ((*QUIET, "--claim-header=X-Teams=groups"), True),
    ],
)
def test_groups_are_asked_for_where_a_rule_or_a_header_looks_at_them(
    desk: Desk, flags: tuple[str, ...], *, wanted: bool
) -> None:
    assert desk.load(*flags).settings.providers[0].wants_groups is wanted
