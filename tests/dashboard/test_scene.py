"""After a day that had everything, a real Prometheus has an answer for every panel."""

import pytest

from tests.dashboard.scene import played

pytestmark = pytest.mark.needs("prometheus", "redis")
NOTHING_HAPPENED = {"Log lines lost"}  # a full disk is played in test_alerts.py


def test_every_panel_shows_something_of_a_day_that_had_everything() -> None:
    panels = [one for one in played(20.0) if one.panel["type"] != "row"]
    assert {one.panel["title"] for one in panels if one.is_empty} == NOTHING_HAPPENED
