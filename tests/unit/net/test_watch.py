"""Files that change are taken over whole or not at all, whatever is done to them on the way."""

import asyncio
import os
from pathlib import Path

import pytest

from sidegate.config.findings import Malformed
from sidegate.core.errors import ConfigurationError
from sidegate.net.watch import Take, Watched, Watcher


class Desk:
    """A file that holds `good`, a watcher of it, what was taken over, and what was reported."""

    def __init__(self, folder: Path, *others: str) -> None:
        self.path = folder / "file"
        self.path.write_text("good")
        self.others = tuple(str(folder / name) for name in others)
        self.held = "good"
        self.reads = 0
        self.reported: list[tuple[str, bool, str]] = []
        self.while_reading = lambda: None
        watched = Watched("an_option", (str(self.path), *self.others), self.read)
        self.watcher = Watcher([watched], lambda *said: self.reported.append(said))
        self.looks(2)  # what the start read is read again, once

    def read(self) -> Take:
        self.reads += 1
        text = self.path.read_text("utf-8")
        self.while_reading()
        if text.startswith("bad"):
            raise Malformed(text, "mend it")

        def take() -> str | None:
            is_news = self.held != text
            self.held = text
            return f"now {text}" if is_news else None

        return take

    def replace(self, text: str) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(text)
        new.rename(self.path)

    def looks(self, times: int = 1, *, at_once: bool = False) -> None:
        for _ in range(times):
            asyncio.run(self._look(at_once=at_once))

    async def _look(self, *, at_once: bool) -> None:
        self.watcher._turn = asyncio.Lock()  # of this loop
        await self.watcher.look(at_once=at_once)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_what_rests_is_read_once_more_after_the_start_and_then_left_alone(desk: Desk) -> None:
    desk.looks(5)
    assert desk.reads == 1
    assert desk.reported == []


def test_a_change_is_taken_over_when_two_looks_saw_the_same(desk: Desk) -> None:
    desk.replace("new")
    desk.looks()
    assert desk.held == "good"
    desk.looks()
    assert desk.held == "new"
    assert desk.reported == [("an_option", True, "now new")]


def test_a_file_that_is_still_being_written_is_left_alone(desk: Desk) -> None:
    for text in ("n", "ne", "new"):
        desk.path.write_text(text)
        desk.looks()
    assert desk.held == "good"
    desk.looks()
    assert desk.held == "new"


def test_a_change_while_it_is_read_is_waited_for(desk: Desk) -> None:
    desk.replace("half")
    desk.looks()
    desk.while_reading = lambda: desk.replace("whole")
    desk.looks()
    desk.while_reading = lambda: None
    assert desk.held == "good"
    desk.looks(2)
    assert desk.held == "whole"


def test_told_to_look_it_takes_over_at_once(desk: Desk) -> None:
    desk.path.write_text("new")
    desk.looks(at_once=True)
    assert desk.held == "new"


def test_a_link_that_moves_is_a_change(tmp_path: Path) -> None:
    # As Kubernetes changes a mounted Secret: the link in the middle of the path moves.
    desk = Desk(tmp_path)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
        os.utime(tmp_path / name / "file", (1, 1))
    (tmp_path / "..data").symlink_to("one")
    desk.path.unlink()
    desk.path.symlink_to(Path("..data") / "file")
    desk.looks(2)
    assert desk.held == "one"
    (tmp_path / "..new").symlink_to("two")
    (tmp_path / "..new").rename(tmp_path / "..data")
    desk.looks(2)
    assert desk.held == "two"


def test_a_wrong_file_changes_nothing_is_told_once_and_read_once(desk: Desk) -> None:
    desk.replace("bad: line 1")
    desk.looks(5)
    assert desk.held == "good"
    assert desk.reported == [("an_option", False, "bad: line 1")]
    assert desk.reads == 2
    desk.replace("new")
    desk.looks(2)
    assert desk.held == "new"


def test_a_file_that_is_gone_changes_nothing_is_told_once_and_found_again(desk: Desk) -> None:
    desk.path.unlink()
    desk.looks(5)
    assert desk.held == "good"
    assert desk.reported == [("an_option", False, "No such file or directory")]
    desk.replace("new")
    desk.looks(2)
    assert desk.held == "new"


def test_what_could_not_be_read_is_tried_again_though_it_did_not_change(desk: Desk) -> None:
    def out_of_descriptors() -> None:
        raise OSError(24, "Too many open files")

    desk.replace("new")
    desk.while_reading = out_of_descriptors
    desk.looks(3)
    assert desk.reported == [("an_option", False, "Too many open files")]
    desk.while_reading = lambda: None
    desk.looks()
    assert desk.held == "new"


def test_text_that_is_none_and_several_mistakes_are_told_in_a_line(desk: Desk) -> None:
    desk.path.write_bytes(b"\xff")
    desk.looks(2)

    def refuse() -> None:
        raise ConfigurationError(["first\n  mend it", "second"])

    desk.while_reading = refuse
    desk.replace("new")
    desk.looks(2)
    assert [detail for _, _, detail in desk.reported] == ["not UTF-8 text", "first"]


def test_a_bug_in_reading_does_not_end_the_watching(desk: Desk) -> None:
    def stumble() -> None:
        raise LookupError("a bug")

    desk.while_reading = stumble
    desk.replace("odd")
    desk.looks(3)
    assert desk.reported == [("an_option", False, "internal error: LookupError")]
    desk.while_reading = lambda: None
    desk.replace("new")
    desk.looks(2)
    assert desk.held == "new"


def test_files_that_belong_together_are_read_when_either_changes(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "other")
    desk.looks(5)
    before = desk.reads
    (tmp_path / "other").write_text("x")
    desk.looks(2)
    assert desk.reads == before + 1


def test_it_looks_again_and_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = 0

    async def pause(seconds: float) -> None:
        nonlocal pauses
        pauses += 1
        assert seconds == 1.0
        desk.replace("new") if pauses == 1 else None
        if pauses == 4:
            raise asyncio.CancelledError

    async def live() -> None:
        desk.watcher._turn = asyncio.Lock()
        await desk.watcher.run()

    monkeypatch.setattr("sidegate.net.watch.asyncio.sleep", pause)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(live())
    assert desk.held == "new"
    assert len(desk.watcher) == 1
