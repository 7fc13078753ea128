"""The providers of a gate are found by their id, in the order of the configuration."""

from dataclasses import replace
from typing import cast

import pytest

from sidegate.core.errors import GrantRejected
from sidegate.core.ports import Provider
from sidegate.core.providers import Providers
from tests.kit.gate import FakeProvider
from tests.unit.stores.kit import session

CORP, STAFF = FakeProvider(id="corp"), FakeProvider(id="staff")
BOTH = Providers([CORP, STAFF])


def test_the_first_is_the_default_and_the_order_is_kept() -> None:
    assert [provider.id for provider in BOTH] == ["corp", "staff"]
    assert BOTH.default.id == "corp"
    assert len(BOTH) == 2
    assert repr(BOTH) == "<Providers corp, staff>"


def test_a_choice_is_there_only_among_several() -> None:
    assert BOTH.only is None
    assert Providers([STAFF]).only is STAFF


def test_a_provider_nobody_configured_is_not_found() -> None:
    assert BOTH.get("staff") is STAFF
    assert BOTH.get("gone") is None


def test_a_session_is_vouched_for_by_its_own_provider_or_by_nobody() -> None:
    assert BOTH.of(replace(session(), provider="staff")) is cast("Provider", STAFF)
    with pytest.raises(GrantRejected):
        BOTH.of(replace(session(), provider="gone"))
