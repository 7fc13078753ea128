"""`sidegate audit verify` says whether the chain holds, and where it does not."""

import gzip
import json
from pathlib import Path

import pytest

from sidegate.cli import main
from sidegate.observe.chain import Chain, hash_of


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Return three files of one chain, the oldest compressed."""
    chain, made = Chain(), []
    for number in range(3):
        data, chain = chain.link(b'{"event":"a"}\n' * 4)
        file = tmp_path / f"audit-{number}.jsonl"
        file.write_bytes(data)
        made.append(file)
    packed = tmp_path / "audit-0.jsonl.gz"
    packed.write_bytes(gzip.compress(made[0].read_bytes()))
    made[0].unlink()
    return [packed, *made[1:]]


def verify(files: list[Path], *flags: str) -> int:
    return main(["audit", "verify", *map(str, files), *flags])


def test_a_chain_that_holds_is_told_with_its_end(
    files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    end = hash_of(files[-1].read_bytes().splitlines()[-1])
    assert verify(files) == 0
    said = capsys.readouterr()
    assert said.out == f"lines 1 to 12 hold; the last has the hash {end}\n"
    assert said.err == ""


def test_the_order_of_the_names_does_not_matter(files: list[Path]) -> None:
    assert verify(files[::-1]) == 0


def test_a_file_that_is_missing_is_a_gap(
    files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify([files[0], files[2]]) == 1
    assert f"broken: {files[2]}:1: line 9 follows line 4\n" in capsys.readouterr().err


def test_the_first_broken_line_is_told_first(
    files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = files[1].read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"a"', b'"b"')
    files[1].write_bytes(b"".join(lines))
    assert verify(files) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"broken: {files[1]}:3: line 7 does not continue what stands before")
    assert "hold" not in said.out


def test_a_hash_that_was_noted_is_looked_for(
    files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = files[2].read_bytes().splitlines(keepends=True)
    noted = f"--contains={hash_of(lines[-1].rstrip())}"
    assert verify(files, noted) == 0
    files[2].write_bytes(b"".join(lines[:-1]))
    assert verify(files) == 0  # nothing in the files says that there was more
    assert verify(files, noted) == 1
    assert "no line has the hash" in capsys.readouterr().err


def test_json_says_the_same(files: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(files[1:], "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["holds"], found["first"], found["last"], found["faults"]) == (True, 5, 12, [])
    assert found["remarks"] == ["the chain begins with line 5: older files are gone"]


def test_files_without_a_chain_hold_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = tmp_path / "plain.jsonl"
    plain.write_text('{"event":"a"}\n', "utf-8")
    assert verify([plain]) == 1
    assert "no chain" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"no gzip at all"])
def test_a_file_that_cannot_be_read_is_another_status(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "audit.jsonl.gz"
    if content is not None:
        file.write_bytes(content)
    assert verify([file]) == 2
    assert capsys.readouterr().err.startswith("sidegate audit: ")
