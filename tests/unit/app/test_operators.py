"""What operators do goes into the audit file of the gate, and into its chain."""

import json
import os
from pathlib import Path

import pytest

from sidegate.app.observation import Observation
from sidegate.app.operators import tell
from sidegate.observe.chain import verify
from tests.kit.gate import NOW
from tests.unit.app.conftest import MakeSettings


def test_an_act_is_a_link_of_the_chain_of_the_running_gate(
    settings: MakeSettings, tmp_path: Path
) -> None:
    folder = tmp_path / "audit"
    made = settings(f"--audit-log-file={folder / 'a.jsonl'}", "--audit-hash-chain")
    seen = Observation(made, lambda: NOW)
    seen.open()
    assert tell(made, lambda: NOW, "sessions_revoked", user="ann", detail="session 12ab")
    assert tell(made, lambda: NOW, "erasure_done", detail="client-s3cret")
    seen.audit("gate_stopped")
    seen.close()
    files = sorted(folder.iterdir())  # the clock of the test says another day than the disk
    lines = [line for one in files for line in one.read_bytes().splitlines()]
    first = json.loads(lines[0])
    assert (first["event"], first["user"]) == ("sessions_revoked", "ann")
    assert first["detail"].startswith("session 12ab; by ")
    assert b"s3cret" not in b"".join(lines)
    verdict = verify(("", line) for line in lines)
    assert (verdict.faults, verdict.last) == ([], 3)


def test_no_new_file_is_begun_which_the_gate_could_not_write(
    settings: MakeSettings, tmp_path: Path
) -> None:
    file = tmp_path / "a.jsonl"
    made = settings(f"--audit-log-file={file}", "--audit-hash-chain")
    assert tell(made, lambda: NOW, "sessions_revoked")
    assert tell(made, lambda: NOW + 86400, "sessions_revoked")
    assert list(tmp_path.iterdir()) == [file]
    assert verify(("", line) for line in file.read_bytes().splitlines()).faults == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes for others")
def test_a_first_file_belongs_to_whom_the_folder_belongs(
    settings: MakeSettings, tmp_path: Path
) -> None:
    folder = tmp_path / "audit"
    folder.mkdir()
    os.chown(folder, 65532, 65531)
    assert tell(settings(f"--audit-log-file={folder / 'a'}"), lambda: NOW, "sessions_revoked")
    status = (folder / "a").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (65532, 65531, 0o600)


def test_where_there_is_no_audit_file_nothing_is_written(settings: MakeSettings) -> None:
    assert tell(settings(), lambda: NOW, "sessions_revoked")


def test_a_file_that_cannot_be_written_is_told(settings: MakeSettings, tmp_path: Path) -> None:
    assert not tell(settings(f"--audit-log-file={tmp_path}"), lambda: NOW, "sessions_revoked")
