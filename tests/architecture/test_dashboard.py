"""The dashboard is what its table says, what Grafana takes, and what can be drawn."""

import re
import subprocess
import sys
from itertools import combinations
from typing import Any

import pytest

from tests.architecture.source import ROOT
from tests.dashboard.drawing import card, page
from tests.dashboard.panels import FILE, Answer, Shown, dashboard, filled, look

BOARD = dashboard()
PANELS: list[dict[str, Any]] = [one for one in BOARD["panels"] if one["type"] != "row"]
RUNBOOKS = ROOT / "docs/operate/runbooks"
TIMES = (100.0, 280.0)
each_panel = pytest.mark.parametrize("panel", PANELS, ids=[one["title"] for one in PANELS])


def answer(_query: str, over_time: bool) -> Answer:  # noqa: FBT001 - as `Ask` has it
    """Answer every query with one series that has all labels."""
    labels = {
        name: name
        for name in ("code", "path", "reason", "rule", "provider", "endpoint", "outcome", "job")
    } | {"alertname": "SidegateDown"}
    if over_time:
        return [{"metric": labels, "values": [(at, str(int(at) % 2)) for at in range(100, 281)]}]
    return [{"metric": labels, "value": (280.0, "1")}]


def shown(panel: dict[str, Any]) -> Shown:
    return look(panel, answer, TIMES)


def test_the_dashboard_is_made_from_its_table():
    command = [sys.executable, "tools/dashboard.py"]
    made = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    is_current = FILE.read_text(encoding="utf-8") == made.stdout
    assert is_current, "run: python tools/dashboard.py > deploy/prometheus/sidegate.dashboard.json"


def test_it_has_what_grafana_looks_for_in_a_dashboard():
    assert BOARD["uid"] == "sidegate"
    assert BOARD["schemaVersion"] >= 36
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    variables = [one["name"] for one in BOARD["templating"]["list"]]
    assert variables == ["datasource", "namespace", "job", "instance", "runbooks"]
    used = set(re.findall(r"\$\{?([a-z]+)\b", FILE.read_text(encoding="utf-8")))
    assert used == set(variables)


def test_no_panel_lies_on_another_or_beside_the_grid():
    places = [panel["gridPos"] for panel in BOARD["panels"]]
    for place in places:
        assert place["x"] >= 0
        assert place["x"] + place["w"] <= 24
        assert min(place["h"], place["w"]) > 0
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below


@each_panel
def test_a_panel_says_what_it_shows_asks_the_chosen_source_and_explains_its_emptiness(panel):
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["description"].endswith(".")
    assert len(defaults["noValue"]) > 3
    source = {"type": "prometheus", "uid": "${datasource}"}
    assert panel["datasource"] == source
    names = [target["refId"] for target in panel["targets"]]
    assert len(set(names)) == len(names) > 0
    for target in panel["targets"]:
        assert target["datasource"] == source
        chooses = 'job=~"$job", instance=~"$instance"' in target["expr"]
        assert chooses or "ALERTS" in target["expr"]
        assert "$" not in filled(target["expr"])
    assert defaults["thresholds"]["steps"][0]["value"] is None
    starts = [step["value"] for step in defaults["thresholds"]["steps"][1:]]
    assert starts == sorted(starts)


def test_no_two_panels_of_a_row_have_one_title():
    heading = ""
    titles = []
    for panel in BOARD["panels"]:
        heading = panel["title"] if panel["type"] == "row" else heading
        titles.append((heading, panel["title"], panel["type"]))
    assert len(set(titles)) == len(titles)


def test_every_alert_has_a_panel_that_leads_to_its_runbook():
    links = [link for panel in PANELS for link in panel["links"]]
    led = {re.sub(r"^\$\{runbooks:raw\}/(\w+)\.md$", r"\1", link["url"]) for link in links}
    assert led == {path.stem for path in RUNBOOKS.glob("Sidegate*.md")}


@each_panel
def test_every_panel_is_drawn_with_its_answers(panel):
    made = card(shown(panel))
    assert f'data-panel="{panel["id"]}"' in made
    assert ("<svg" in made) == (panel["type"] != "table")
    assert panel["fieldConfig"]["defaults"]["noValue"] not in made


@each_panel
def test_a_panel_without_data_is_drawn_with_the_reason(panel):
    made = card(Shown(panel))
    assert panel["fieldConfig"]["defaults"]["noValue"] in made


def test_lines_of_series_are_named_by_their_labels_and_coloured_as_the_panel_says():
    (codes,) = [panel for panel in PANELS if panel["title"] == "Answers by code"]

    def ask(_query: str, _over_time: bool) -> Answer:  # noqa: FBT001 - as `Ask` has it
        values = [(100.0, "1"), (101.0, "2")]
        return [{"metric": {"code": code}, "values": values} for code in ("200", "503")]

    made = page(BOARD, [look(codes, ask, TIMES)], "now", "a test")
    assert '<li style="--c:var(--green)">200</li><li style="--c:var(--red)">503</li>' in made
