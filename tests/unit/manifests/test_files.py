"""Manifests are read from files, folders and standard input."""

import io
import os

import pytest

from sidegate.manifests.files import sources
from sidegate.manifests.read import Unreadable


def test_a_folder_gives_its_manifests_and_nothing_else(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("b.yaml", "a.yml", "c.json", "README.md", "sub/d.yaml"):
        (tmp_path / name).write_text(name)
    assert [one.text for one in sources([str(tmp_path)])] == [
        "a.yml",
        "b.yaml",
        "c.json",
        "sub/d.yaml",
    ]


def test_a_dash_is_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a: 1\r\n")))
    (one,) = sources(["-"])
    assert (one.name, one.text) == ("standard input", "a: 1\r\n")


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        sources([str(tmp_path / "nowhere.yaml")])


def test_what_is_no_file_in_a_folder_is_left_alone(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "device.yaml").symlink_to("/dev/zero")
    (tmp_path / "a.yaml").write_text("a: 1")
    assert [one.text for one in sources([str(tmp_path)])] == ["a: 1"]


def test_what_has_no_end_is_refused(monkeypatch):
    monkeypatch.setattr("sidegate.manifests.files.MOST_BYTES", 1000)
    with pytest.raises(Unreadable, match="too large"):
        sources(["/dev/zero"])
