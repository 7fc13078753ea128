"""A log file is rotated, kept and followed; nothing that was written gets lost or mixed up."""

import errno
import fcntl
import gzip
import os
from pathlib import Path
from typing import IO

import pytest

from sidegate.net.log_file import LogFile, Rotation
from sidegate.observe.chain import Chain, verify

NOON = 1795435200.0  # 2026-11-23 12:00:00 UTC
DAY = 86400.0


class Desk:
    """A folder, a clock and log files in it."""

    def __init__(self, folder: Path) -> None:
        self.now = NOON
        self.folder = folder
        self.path = folder / "gate.log"

    def file(self, *, chain: bool = False, max_bytes: int = 1 << 20, **rotation: int) -> LogFile:
        """Open a log file, as a process does."""
        made = Rotation(max_bytes, local=False, **rotation)
        file = LogFile(str(self.path), made, lambda: self.now, Chain() if chain else None)
        file.open()
        return file

    def old(self) -> list[str]:
        """Return the names of what was rotated away."""
        return sorted(one.name for one in self.folder.iterdir() if one != self.path)

    def lines(self) -> list[tuple[str, bytes]]:
        """Return all lines of all files, the oldest first."""
        found = []
        for name in [*self.old(), self.path.name]:
            one = self.folder / name
            data = gzip.decompress(one.read_bytes()) if name.endswith("gz") else one.read_bytes()
            found += [(name, line) for line in data.splitlines()]
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_lines_are_appended_to_what_is_there(desk: Desk) -> None:
    desk.path.write_bytes(b"before\n")
    file = desk.file()
    assert file.send(b"one\ntwo\n") == 0
    file.close()
    assert desk.path.read_bytes() == b"before\none\ntwo\n"


def test_only_the_owner_can_read_a_new_file(desk: Desk) -> None:
    desk.file().close()
    assert desk.path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_not_there_is_made(desk: Desk) -> None:
    desk.path = desk.folder / "deep" / "er" / "gate.log"
    desk.file().close()
    assert desk.path.exists()


def test_a_file_that_would_be_too_large_gets_the_name_of_its_moment(desk: Desk) -> None:
    file = desk.file(max_bytes=20)
    for number in range(3):
        desk.now += 1.5
        assert file.send(b"line number %d\n" % number) == 0
    file.close()
    assert desk.old() == ["gate-2026-11-23T12-00-03.000.log", "gate-2026-11-23T12-00-04.500.log"]
    assert [line for _, line in desk.lines()] == [b"line number %d" % n for n in range(3)]


def test_two_files_of_the_same_moment_get_two_names(desk: Desk) -> None:
    file = desk.file(max_bytes=5)
    for letter in b"abcd":
        file.send(bytes([letter]) * 4 + b"\n")
    file.close()
    assert len(desk.old()) == 3
    assert b"".join(line for _, line in desk.lines()) == b"aaaabbbbccccdddd"


def test_a_line_longer_than_a_file_may_be_is_written_all_the_same(desk: Desk) -> None:
    file = desk.file(max_bytes=5)
    assert file.send(b"longer than that\n") == 0
    file.close()
    assert desk.path.read_bytes() == b"longer than that\n"


def test_a_new_day_begins_a_new_file_where_that_is_wanted(desk: Desk) -> None:
    desk.path.write_bytes(b"yesterday\n")
    os.utime(desk.path, (NOON - DAY, NOON - DAY))
    file = desk.file(daily=True)
    file.send(b"today\n")
    file.send(b"today\n")
    desk.now += DAY
    file.send(b"tomorrow\n")
    file.close()
    assert [line for _, line in desk.lines()] == [b"yesterday", b"today", b"today", b"tomorrow"]
    assert len(desk.old()) == 2


def test_old_files_beyond_their_number_or_age_are_removed(desk: Desk) -> None:
    for day in range(1, 6):
        one = desk.folder / f"gate-2026-11-{day:02d}T00-00-00.000.log"
        one.write_bytes(b"x\n")
        os.utime(one, (NOON - day * DAY, NOON - day * DAY))
    strangers = ["gate-notes.log", "gate-2026-11-01T00-00-00.000.txt", "other.log"]
    for name in strangers:
        (desk.folder / name).write_bytes(b"x\n")
        os.utime(desk.folder / name, (1, 1))
    desk.file(max_age=3).close()
    kept = [f"gate-2026-11-{day:02d}T00-00-00.000.log" for day in (1, 2, 3)]
    assert desk.old() == sorted([*kept, *strangers])
    desk.file(max_backups=1).close()
    assert desk.old() == sorted([kept[-1], *strangers])


def test_old_files_are_compressed_and_keep_their_age(desk: Desk) -> None:
    file = desk.file(max_bytes=8, compress=True)
    file.send(b"first\n")
    file.send(b"second\n")
    file.close()
    (old,) = desk.old()
    assert old == "gate-2026-11-23T12-00-00.000.log.gz"
    assert [line for _, line in desk.lines()] == [b"first", b"second"]
    assert (desk.folder / old).stat().st_mode & 0o777 == 0o600


def test_at_no_moment_could_others_open_what_is_compressed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.folder / "gate-2026-11-01T00-00-00.000.log").write_bytes(b"x\n")
    modes, flock = [], fcntl.flock

    def look(part: IO[bytes] | int, operation: int) -> None:
        modes.extend(one.stat().st_mode & 0o777 for one in desk.folder.glob("*.part"))
        flock(part, operation)

    monkeypatch.setattr(os, "fchmod", lambda *_: None)  # which would come a moment later
    monkeypatch.setattr(fcntl, "flock", look)
    before = os.umask(0)
    try:
        desk.file(compress=True).close()
    finally:
        os.umask(before)
    assert {*modes} == {0o600}


def test_a_compression_that_another_process_is_at_is_left_to_it(desk: Desk) -> None:
    old = desk.folder / "gate-2026-11-01T00-00-00.000.log"
    old.write_bytes(b"x\n")
    with Path(f"{old}.part").open("wb") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        desk.file(compress=True).close()
        assert old.exists()
    desk.file(compress=True).close()
    assert desk.old() == [f"{old.name}.gz"]


def test_a_file_that_others_renamed_is_opened_anew(desk: Desk) -> None:
    file = desk.file()
    file.send(b"one\n")
    desk.path.rename(desk.folder / "gate.log.1")
    file.send(b"two\n")
    file.close()
    assert desk.path.read_bytes() == b"two\n"


def test_a_file_that_others_emptied_is_written_from_its_start(desk: Desk) -> None:
    file = desk.file()
    file.send(b"one\n")
    os.truncate(desk.path, 0)
    file.send(b"two\n")
    file.close()
    assert desk.path.read_bytes() == b"two\n"


def test_a_folder_that_went_away_comes_back(desk: Desk) -> None:
    desk.path = desk.folder / "logs" / "gate.log"
    file = desk.file()
    file.send(b"one\n")
    desk.path.unlink()
    desk.path.parent.rmdir()
    assert file.send(b"two\n") == 0
    file.close()
    assert desk.path.read_bytes() == b"two\n"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_what_a_full_disk_tore_off_is_taken_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    file = desk.file(chain=True)
    file.send(b'{"a":1}\n')
    write = os.write

    def full(fd: int, data: bytes) -> int:
        if len(data) < 40:
            raise OSError(number, "no room")
        return write(fd, data[: len(data) - 30])

    monkeypatch.setattr(os, "write", full)
    assert file.send(b'{"a":2}\n{"a":3}\n') == 2
    monkeypatch.undo()
    assert file.send(b'{"a":4}\n') == 0
    file.close()
    verdict = verify(desk.lines())
    assert (verdict.faults, verdict.last) == ([], 2)


def test_a_folder_that_nobody_may_write_costs_lines_and_no_more(desk: Desk) -> None:
    file = desk.file()
    file.close()
    desk.path.unlink()
    desk.path.mkdir()
    assert file.send(b"one\ntwo\n") == 2
    desk.path.rmdir()
    assert file.send(b"three\n") == 0
    file.close()


def test_half_a_line_of_another_time_is_ended_first(desk: Desk) -> None:
    desk.path.write_bytes(b"half a li")
    file = desk.file()
    file.send(b"whole\n")
    file.close()
    assert desk.path.read_bytes() == b"half a li\nwhole\n"


def test_a_chain_survives_rotation_and_restart(desk: Desk) -> None:
    for life in range(3):
        file = desk.file(chain=True, max_bytes=250)
        for number in range(5):
            desk.now += 1
            assert file.send(b'{"life":%d,"number":%d}\n' % (life, number)) == 0
        file.close()
    verdict = verify(desk.lines())
    assert len(desk.old()) > 3
    assert (verdict.faults, verdict.remarks, verdict.last) == ([], [], 15)


def test_a_chain_survives_a_restart_just_after_a_rotation(desk: Desk) -> None:
    file = desk.file(chain=True)
    file.send(b'{"a":1}\n')
    file.close()
    for compress in (False, True):
        desk.now += 60
        desk.path.rename(desk.folder / f"gate-2026-11-23T12-0{int(compress)}-00.000.log")
        file = desk.file(chain=True, compress=compress)
        file.send(b'{"a":2}\n')
        file.close()
    verdict = verify(desk.lines())
    assert (verdict.faults, verdict.last) == ([], 3)


def test_processes_that_share_a_file_make_one_chain(desk: Desk) -> None:
    files = [desk.file(chain=True, max_bytes=400) for _ in range(3)]
    for number in range(30):
        desk.now += 1
        assert files[number % 3].send(b'{"number":%d}\n' % number) == 0
    for file in files:
        file.close()
    verdict = verify(desk.lines())
    assert (verdict.faults, verdict.last) == ([], 30)
    assert len(desk.old()) > 3


def test_a_chain_goes_on_after_a_line_that_a_crash_tore(desk: Desk) -> None:
    file = desk.file(chain=True)
    file.send(b'{"a":1}\n{"a":2}\n')
    file.close()
    os.truncate(desk.path, desk.path.stat().st_size - 10)
    file = desk.file(chain=True)
    file.send(b'{"a":3}\n')
    file.close()
    verdict = verify(desk.lines())
    assert (verdict.faults, verdict.last, len(verdict.remarks)) == ([], 2, 1)


def test_a_chain_never_goes_back_where_files_were_taken_away(desk: Desk) -> None:
    file = desk.file(chain=True)
    file.send(b'{"a":1}\n')
    kept = desk.path.read_bytes()
    (desk.folder / "gate-2026-11-01T00-00-00.000.log").write_bytes(kept)
    file.send(b'{"a":2}\n')
    desk.path.unlink()
    file.send(b'{"a":3}\n')
    file.close()
    assert verify(desk.lines()).faults == ["gate.log: line 3 follows line 1"]
