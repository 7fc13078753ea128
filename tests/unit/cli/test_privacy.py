"""`sidegate privacy`: what is held of a person is told or erased, and what stays is said."""

import gzip
import json
from pathlib import Path

import pytest

from sidegate.cli import main
from sidegate.net.log_file import LogFile, Rotation

Output = pytest.CaptureFixture[str]
ALICE = {"event": "sign_in_succeeded", "user": "alice", "subject": "sub-1", "client": "192.0.2.7"}
BOB = {"event": "sign_in_succeeded", "user": "bob", "subject": "sub-2", "client": "192.0.2.8"}
LINKED = {**ALICE, "seq": 3, "prev": "0" * 64}


def written(file: Path, *events: dict[str, object]) -> Path:
    lines = b"".join(json.dumps(event).encode() + b"\n" for event in events) + b"torn"
    file.write_bytes(gzip.compress(lines) if file.suffix == ".gz" else lines)
    file.chmod(0o640)
    return file


def content(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def test_somebody_has_to_be_named(flags: list[str], capsys: Output) -> None:
    for action in ("export", "erase"):
        assert main(["privacy", action, *flags]) == 2
        assert "--user=WHO" in capsys.readouterr().err


def test_mistakes_of_the_configuration_are_told(capsys: Output) -> None:
    assert main(["privacy", "export", "--user=alice", "--session-store-type=redis"]) == 1
    assert "redis-connection-url" in capsys.readouterr().err


def test_what_only_browsers_have_is_said(flags: list[str], capsys: Output) -> None:
    assert main(["privacy", "export", "--user=alice", *flags]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sessions"], told["audit"]) == (None, [])
    assert "only browsers have them" in told["remarks"][0]
    assert "168 hours" in told["remarks"][0]


@pytest.mark.parametrize("name", ["audit.jsonl", "audit.jsonl.gz"])
def test_lines_about_a_person_are_told_with_their_place(
    name: str, flags: list[str], tmp_path: Path, capsys: Output
) -> None:
    file = written(tmp_path / name, BOB, ALICE, LINKED)
    assert main(["privacy", "export", "--user=sub-1", f"--audit={file}", *flags]) == 0
    told = json.loads(capsys.readouterr().out)["audit"]
    assert told == [
        {"file": str(file), "line": 2, "event": ALICE},
        {"file": str(file), "line": 3, "event": LINKED},
    ]


@pytest.mark.parametrize("name", ["audit.jsonl", "audit.jsonl.gz"])
def test_a_person_is_taken_out_of_lines_and_all_else_stays(
    name: str, flags: list[str], tmp_path: Path, capsys: Output
) -> None:
    file = written(tmp_path / name, BOB, ALICE)
    before = content(file)
    asked = ["--user=alice", "--user=sub-1", f"--audit={file}"]
    assert main(["privacy", "erase", *asked, *flags]) == 1  # of the cookies nobody knows
    told = json.loads(capsys.readouterr().out)
    assert told["audit"][str(file)] == 1
    pseudonym = told["audit"]["pseudonym"]
    left = content(file)
    assert b"alice" not in left
    assert b"sub-1" not in left
    assert b"192.0.2.7" not in left
    assert left.startswith(before.splitlines(keepends=True)[0])
    assert left.endswith(b"\ntorn")
    assert json.loads(left.splitlines()[1])["user"] == pseudonym
    assert file.stat().st_mode & 0o777 == 0o640
    assert [one for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_a_link_of_a_chain_stays_and_that_is_said(
    flags: list[str], tmp_path: Path, capsys: Output
) -> None:
    file = written(tmp_path / "audit.jsonl", LINKED)
    before = file.read_bytes()
    assert main(["privacy", "erase", "--user=alice", f"--audit={file}", *flags]) == 1
    told = json.loads(capsys.readouterr().out)
    assert any("belong to a hash chain" in one for one in told["stays"])
    assert file.read_bytes() == before


@pytest.mark.parametrize("suffix", [".jsonl", ""])
def test_the_files_of_the_configuration_are_meant_where_none_is_named(
    suffix: str, flags: list[str], tmp_path: Path, capsys: Output
) -> None:
    file = written(tmp_path / f"audit{suffix}", ALICE)
    old = written(tmp_path / f"audit-2026-11-23T19-00-00.000{suffix}.gz", ALICE)
    written(tmp_path / f"another{suffix}", ALICE)
    written(tmp_path / f"audit-notes{suffix}", ALICE)
    asked = ["--user=alice", f"--audit-log-file={file}"]
    assert main(["privacy", "export", *asked, *flags]) == 0
    told = json.loads(capsys.readouterr().out)["audit"]
    assert [line["file"] for line in told] == [str(old), str(file)]


def test_a_gate_that_writes_the_file_meanwhile_loses_no_line(
    flags: list[str], tmp_path: Path, capsys: Output
) -> None:
    file = tmp_path / "audit.jsonl"
    writer = LogFile(str(file), Rotation(max_bytes=1 << 20), lambda: 1_800_000_000.0)
    assert writer.send(json.dumps(ALICE).encode() + b"\n") == 0
    assert main(["privacy", "erase", "--user=alice", f"--audit={file}", *flags]) == 1
    assert json.loads(capsys.readouterr().out)["audit"][str(file)] == 1
    assert writer.send(json.dumps(BOB).encode() + b"\n") == 0
    writer.close()
    first, second = map(json.loads, file.read_text().splitlines())
    assert first["user"].startswith("erased-")
    assert second == BOB


def audited(file: Path) -> list[dict[str, str]]:
    found = [json.loads(line) for line in file.read_bytes().splitlines() if line != b"torn"]
    assert all("; by " in f"; {one['detail']}" for one in found if "detail" in one)
    return [{key: one[key] for key in ("event", "user") if key in one} for one in found]


def test_who_looks_at_the_data_of_a_person_is_in_the_audit(
    flags: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "audit.jsonl"
    asked = ["--user=sub-1", "--user=alice", f"--audit-log-file={file}"]
    assert main(["privacy", "export", *asked, *flags]) == 0
    assert audited(file) == [
        {"event": "data_exported", "user": "alice"},
        {"event": "data_exported", "user": "sub-1"},
    ]


def test_an_erasure_is_in_the_audit_under_the_pseudonym_only(
    flags: list[str], tmp_path: Path, capsys: Output
) -> None:
    file = written(tmp_path / "audit.jsonl", ALICE)
    asked = ["--user=alice", "--user=sub-1", f"--audit-log-file={file}"]
    assert main(["privacy", "erase", *asked, *flags]) == 1  # of the cookies nobody knows
    pseudonym = json.loads(capsys.readouterr().out)["audit"]["pseudonym"]
    assert audited(file)[-1] == {"event": "erasure_done", "user": pseudonym}
    assert b"alice" not in file.read_bytes()


def test_an_erasure_that_failed_is_in_the_audit_and_nobody_is_named(
    flags: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "audit.jsonl"
    on = ("--session-store-type=redis", "--redis-connection-url=redis://127.0.0.1:1")
    asked = ["--user=alice", f"--audit-log-file={file}"]
    assert main(["privacy", "erase", *asked, *flags, *on]) == 1
    assert audited(file) == [{"event": "erasure_failed"}]


def test_an_audit_that_cannot_be_written_is_told(
    flags: list[str], tmp_path: Path, capsys: Output
) -> None:
    assert main(["privacy", "export", "--user=a", f"--audit-log-file={tmp_path}", *flags]) == 0
    assert "the audit file could not be written" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told(flags: list[str], capsys: Output) -> None:
    for action in ("export", "erase"):
        assert main(["privacy", action, "--user=alice", "--audit=gone.jsonl", *flags]) == 1
        assert "gone.jsonl" in capsys.readouterr().err


def test_a_redis_that_does_not_answer_is_told_without_its_password(
    flags: list[str], capsys: Output
) -> None:
    on = ("--session-store-type=redis", "--redis-connection-url=redis://:hunter2@127.0.0.1:1")
    assert main(["privacy", "erase", "--user=alice", *flags, *on]) == 1
    out = capsys.readouterr()
    assert "no connection" in out.err
    assert "hunter2" not in out.err + out.out


def test_help_says_how(capsys: Output) -> None:
    assert main(["privacy", "--help"]) == 0
    assert "erase --user=alice@example.com" in capsys.readouterr().out
