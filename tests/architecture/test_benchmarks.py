"""The benchmark shows all that it measures."""

import sys
from pathlib import Path

import pytest

from tests.parts import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import peers
import picture
import report
from scenarios import FIGURES, Samples

SERVERS = [*peers.PEERS, *peers.EXTRAS, peers.BEFORE]
LOADED = ("cpu_32", "cpu_1")


def found(*servers: str) -> report.Medians:
    samples = Samples({server: {key: [50.0] for key in LOADED} for server in servers})
    return report.medians(samples)


@pytest.mark.parametrize("server", SERVERS)
def test_every_server_that_can_be_measured_has_a_column_and_a_bar(server: str) -> None:
    heading, *_ = report.rows(found(server))
    assert len(heading) == 3
    assert picture.draw(found(server), "").count("<rect") == 4  # paper, legend, two figures


def test_what_logs_cost_is_said_where_both_gates_were_measured() -> None:
    medians = found("sidegate", "sidegate-unlogged")
    medians["sidegate"] = dict.fromkeys((figure.key for figure in FIGURES), 50.0)
    medians["sidegate"] |= {"cpu_32": 55.0, "cpu_1": 53.0}
    words = "default logs cost 10 % CPU per request at 32 connections, 6 % CPU per request at one"
    assert words in report.as_text(medians)
    assert words in report.as_markdown(medians, {})
    del medians["sidegate-unlogged"]
    assert "logs cost" not in report.as_text(medians)


def test_a_full_run_measures_the_gate_without_logs_too_under_load_alone(tmp_path: Path) -> None:
    world = peers.World(tmp_path, 1, 2, 3, 4, 5)
    silent = peers.PEERS[peers.UNLOGGED](world)
    assert silent.only_load
    assert "--request-logging=false" in silent.command
    assert not peers.PEERS["sidegate"](world).only_load


def test_a_server_of_which_little_was_measured_costs_the_picture_no_figure() -> None:
    medians = found("sidegate", "sidegate-unlogged")
    medians["sidegate"] |= dict.fromkeys(("p50_32", "p99_32", "rss_idle"), 1.0)
    assert "memory idle" in picture.draw(medians, "")
