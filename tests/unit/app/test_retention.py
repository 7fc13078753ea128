"""Old files go when their time is over, whether anything is written meanwhile or not."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from sidegate.app.log_outputs import audit_file
from sidegate.app.retention import Retention, kept_files
from sidegate.observe.chain import verify
from tests.unit.app.conftest import MakeSettings

DAY = 86400.0
NOON = 20_600 * DAY + DAY / 2


class Desk:
    """A clock that a test moves, files of a gate, and what was reported."""

    def __init__(self, settings: MakeSettings, folder: Path, *flags: str) -> None:
        self.now = NOON
        self.folder = folder
        self.logging = settings(*flags).logging
        self.reported: list[OSError] = []
        files = kept_files(self.logging, lambda: self.now)
        self.retention = Retention(files, lambda: self.now, self.reported.append)
        self.look()

    def look(self) -> None:
        asyncio.run(self.retention.look())

    def write(self, name: str, days_ago: float, text: str = "{}\n") -> Path:
        file = self.folder / name
        file.write_text(text)
        at = self.now - days_ago * DAY
        os.utime(file, (at, at))
        return file

    def names(self) -> list[str]:
        return sorted(one.name for one in self.folder.iterdir())


@pytest.fixture
def audit(settings: MakeSettings, tmp_path: Path) -> Desk:
    on = (f"--audit-log-file={tmp_path / 'audit.jsonl'}", "--audit-log-max-age=30")
    return Desk(settings, tmp_path, *on, "--audit-hash-chain")


def test_a_day_without_an_event_removes_what_is_too_old(audit: Desk) -> None:
    audit.write("audit-2026-01-01T00-00-00.000.jsonl", 29.5)
    audit.write("audit-2026-01-02T00-00-00.000.jsonl.gz", 28)
    audit.look()
    assert len(audit.names()) == 2
    audit.now += DAY
    audit.look()
    assert audit.names() == ["audit-2026-01-02T00-00-00.000.jsonl.gz"]


def test_the_file_of_another_day_is_old_from_then_on_and_goes_in_its_time(audit: Desk) -> None:
    audit.write("audit.jsonl", 0)
    audit.now += DAY
    audit.look()
    (old,) = audit.names()
    assert old.startswith("audit-20")
    audit.now += 30 * DAY
    audit.look()
    assert audit.names() == []


def test_the_chain_of_the_gate_goes_on_after_a_file_was_put_away(audit: Desk) -> None:
    gate = audit_file(audit.logging, lambda: audit.now)
    assert gate is not None
    for number in range(3):
        assert gate.send(json.dumps({"number": number}).encode() + b"\n") == 0
        os.utime(audit.folder / "audit.jsonl", (audit.now, audit.now))
        audit.now += DAY
        audit.look()
    gate.close()
    written = b"".join((audit.folder / name).read_bytes() for name in audit.names())
    verdict = verify(("", line) for line in written.splitlines())
    assert (verdict.faults, verdict.last, len(audit.names())) == ([], 3, 3)


def test_a_log_of_no_day_is_never_put_away_but_its_old_files_go(
    settings: MakeSettings, tmp_path: Path
) -> None:
    desk = Desk(settings, tmp_path, f"--logging-filename={tmp_path / 'gate.log'}")
    desk.write("gate.log", 9)
    desk.write("gate-2026-01-01T00-00-00.000.log", 6.5)
    desk.now += DAY
    desk.look()
    assert desk.names() == ["gate.log"]


def test_what_cannot_be_removed_is_reported_and_tried_the_next_day(
    audit: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit.write("audit-2026-01-01T00-00-00.000.jsonl", 31)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", refuse)
        audit.now += DAY
        audit.look()
    assert len(audit.reported) == len(audit.names()) == 1
    audit.now += DAY
    audit.look()
    assert audit.names() == []


def test_where_no_option_asks_for_a_file_there_is_nothing_to_do(settings: MakeSettings) -> None:
    assert kept_files(settings().logging, lambda: NOON) == []
