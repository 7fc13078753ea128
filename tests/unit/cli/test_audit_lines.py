"""Lines about a person are found and changed, and a chain holds afterwards."""

import gzip
import json
import os
from pathlib import Path

import pytest

from sidegate.cli.audit_lines import Rewritten, erase, lines_about
from sidegate.observe.chain import Chain, verify

ALICE = b'{"event":"sign_in_succeeded","user":"alice","client":"192.0.2.7"}\n'
BOB = b'{"event":"sign_in_succeeded","user":"bob"}\n'
NAMES = {"alice"}


def holds(*files: Path) -> bool:
    lines = (line for file in files for line in file.read_bytes().splitlines())
    return not verify(("", line) for line in lines).faults


def chained(before: bytes, *lines: bytes) -> bytes:
    return Chain().after(before).link(b"".join(lines))[0]


def test_a_line_is_found_with_its_place(tmp_path: Path) -> None:
    packed = tmp_path / "audit-1.jsonl.gz"
    packed.write_bytes(gzip.compress(BOB + ALICE))
    (found,) = lines_about([packed], NAMES)
    assert found == {"file": str(packed), "line": 2, "event": json.loads(ALICE)}


def test_a_line_that_nothing_depends_on_is_changed(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_bytes(ALICE + BOB)
    assert list(erase([file], NAMES, "erased-1")) == [(file, Rewritten(1, 0))]
    first, second = file.read_bytes().splitlines(keepends=True)
    assert (json.loads(first)["user"], second) == ("erased-1", BOB)


def test_a_line_before_the_chain_changes_but_not_the_last_one(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_bytes(ALICE + ALICE + chained(ALICE, ALICE, BOB))
    assert holds(file)
    assert list(erase([file], NAMES, "erased-1")) == [(file, Rewritten(1, 2))]
    assert holds(file)


def test_the_last_line_of_a_file_counts_for_the_chain_of_the_next(tmp_path: Path) -> None:
    old, new = tmp_path / "audit-1.jsonl", tmp_path / "audit.jsonl"
    old.write_bytes(ALICE)
    new.write_bytes(chained(ALICE, BOB))
    assert [lines for _, lines in erase([old, new], NAMES, "x")] == [(0, 1), (0, 0)]
    assert holds(old, new)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(erase([tmp_path / "gone"], NAMES, "x"))


def test_a_link_that_somebody_laid_beside_the_file_is_not_followed(tmp_path: Path) -> None:
    precious, file = tmp_path / "precious", tmp_path / "audit.jsonl"
    precious.write_text("as it was")
    (tmp_path / f".audit.jsonl.{os.getpid()}").symlink_to(precious)
    file.write_bytes(ALICE)
    file.chmod(0o640)
    assert [lines for _, lines in erase([file], NAMES, "x")] == [(1, 0)]
    assert precious.read_text() == "as it was"
    assert file.stat().st_mode & 0o777 == 0o640


def test_what_is_written_anew_is_for_its_owner_only_and_goes_when_it_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_bytes(ALICE)
    seen: list[int] = []

    def refuse(beside: Path, *_: object) -> None:
        seen.append(beside.stat().st_mode & 0o777)
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(Path, "replace", refuse)
    file.chmod(0o600)
    with pytest.raises(PermissionError):
        list(erase([file], NAMES, "x"))
    assert seen == [0o600]
    assert list(tmp_path.iterdir()) == [file]
