"""Lines and audit events reach the files that the options name."""

import json
from pathlib import Path

import pytest

from sidegate.app.observation import Observation
from sidegate.core.errors import ConfigurationError
from sidegate.observe.chain import verify
from tests.kit.gate import NOW
from tests.unit.app.conftest import MakeSettings
from tests.unit.login.fakes import exchange


def test_all_three_logs_go_to_the_file_and_errors_stay_where_they_were(
    settings: MakeSettings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gate.log"
    seen = Observation(settings(f"--logging-filename={file}"), lambda: NOW)
    seen.open()
    made = exchange("/app")
    seen.exchange(made)
    seen.sign_in("success", made, "", "alice@example.com", "")
    seen.log.info("something")
    seen.log.error("something bad")
    seen.close()
    assert [line.split("] ")[-1] for line in file.read_text("utf-8").splitlines()][1:] == [
        "signed in",
        "something",
    ]
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "something bad" in printed.err


def test_the_audit_file_has_every_event_as_a_link_of_a_chain(
    settings: MakeSettings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "audit.jsonl"
    flags = (f"--audit-log-file={file}", "--audit-hash-chain", "--auth-logging=false")
    for _ in range(2):
        seen = Observation(settings(*flags), lambda: NOW)
        seen.open()
        seen.audit("gate_started")
        seen.sign_in("attempt", exchange("/oauth2/start"), "", "", "")
        seen.close()
    files = sorted(tmp_path.iterdir())  # the clock of the test says another day than the disk
    lines = [line for one in files for line in one.read_bytes().splitlines()]
    assert [json.loads(line)["event"] for line in lines] == ["gate_started", "sign_in_started"] * 2
    assert verify(("", line) for line in lines).last == 4
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("option", ["logging-filename", "audit-log-file"])
def test_a_file_that_cannot_be_opened_stops_the_start(
    settings: MakeSettings, tmp_path: Path, option: str
) -> None:
    seen = Observation(settings(f"--{option}={tmp_path}"), lambda: NOW)
    with pytest.raises(ConfigurationError) as caught:
        seen.open()
    assert "no log can be written there" in caught.value.mistakes[0]
    seen.close()


def test_lost_lines_are_counted_by_where_they_should_have_gone(
    settings: MakeSettings, tmp_path: Path
) -> None:
    file = tmp_path / "audit" / "audit.jsonl"
    seen = Observation(settings(f"--audit-log-file={file}"), lambda: NOW)
    (tmp_path / "audit").write_bytes(b"a file where a folder should be")
    seen.audit("gate_started")
    seen.close()
    assert seen.metrics.log_lines_dropped() == {"out": 0, "err": 0, "audit": 1}
