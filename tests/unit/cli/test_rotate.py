"""A new secret on top of a file: whole or not at all, as private as before, and never printed."""

import base64
import os
import subprocess
from pathlib import Path

import pytest

from sidegate.cli import main
from sidegate.cli import rotate as command
from sidegate.config.key_material import parse_ring

Output = pytest.CaptureFixture[str]
OLD = base64.urlsafe_b64encode(b"o" * 32).decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cookie-secret"
    path.write_text(f"{OLD}\n")
    path.chmod(0o640)
    return path


def test_the_new_one_stands_on_top_and_the_old_one_stays(file: Path, capsys: Output) -> None:
    assert main(["secret", "rotate", str(file)]) == 0
    new, old = parse_ring(file.read_bytes())
    assert old.reveal() == b"o" * 32
    said = capsys.readouterr().out
    assert "holds 2 secrets" in said
    assert OLD not in said
    assert base64.urlsafe_b64encode(new.reveal()).decode() not in said
    assert file.read_text().startswith("# added 20")


def test_mode_owner_and_folder_stay_as_they_were(file: Path) -> None:
    before = file.stat()
    assert main(["secret", "rotate", str(file)]) == 0
    after = file.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert [path.name for path in file.parent.iterdir()] == ["cookie-secret"]


@pytest.mark.parametrize(("keep", "left"), [(1, [1, 1, 1]), (2, [2, 2, 2]), (3, [2, 3, 3])])
def test_only_so_many_stay(file: Path, keep: int, left: list[int]) -> None:
    counts = []
    for _ in left:
        before = parse_ring(file.read_bytes())
        assert main(["secret", "rotate", str(file), f"--keep={keep}"]) == 0
        after = parse_ring(file.read_bytes())
        assert after[1:] == before[: keep - 1]
        counts.append(len(after))
    assert counts == left


def test_comments_go_with_the_secret_below_them(file: Path) -> None:
    file.write_text(f"# the newest\n{OLD}\n\n# from last year\n{'x' * 32}\n")
    main(["secret", "rotate", str(file), "--keep=2"])
    text = file.read_text()
    assert "# the newest\n" in text
    assert "last year" not in text


def test_a_secret_of_raw_bytes_becomes_a_line(file: Path) -> None:
    raw = b"\n\r#" + bytes(range(200, 229))
    file.write_bytes(raw)
    main(["secret", "rotate", str(file)])
    assert parse_ring(file.read_bytes())[1].reveal() == raw


def test_a_link_stays_a_link(file: Path) -> None:
    link = file.with_name("link")
    link.symlink_to(file.name)
    assert main(["secret", "rotate", str(link)]) == 0
    assert link.is_symlink()
    assert len(parse_ring(file.read_bytes())) == 2


@pytest.mark.parametrize("content", ["", "short\n", f"{OLD}\nshort\n"])
def test_a_file_that_no_gate_would_take_is_left_alone(
    file: Path, content: str, capsys: Output
) -> None:
    file.write_text(content)
    assert main(["secret", "rotate", str(file)]) == 1
    assert file.read_text() == content
    assert "\n  " in capsys.readouterr().err


def test_what_cannot_be_done_is_told_with_its_remedy(
    file: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["secret", "rotate", str(file) + "-none"]) == 1
    assert "sidegate secret" in capsys.readouterr().err
    busy = file.with_name(".cookie-secret.new")
    busy.touch()
    assert main(["secret", "rotate", str(file)]) == 1
    assert "somebody else" in capsys.readouterr().err
    busy.unlink()

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command.os, "fsync", refuse)
    assert main(["secret", "rotate", str(file)]) == 1
    assert "No space left" in capsys.readouterr().err
    assert file.read_text() == f"{OLD}\n"
    assert not busy.exists()


def test_the_file_of_another_owner_stays_theirs(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(command.os, "geteuid", lambda: file.stat().st_uid + 1)
    monkeypatch.setattr(command.os, "fchown", lambda _, user, group: given.append((user, group)))
    main(["secret", "rotate", str(file)])
    assert given == [(file.stat().st_uid, file.stat().st_gid)]


def test_throwing_the_old_ones_away_says_that_everybody_is_signed_out(
    file: Path, capsys: Output
) -> None:
    assert main(["secret", "rotate", "--keep", "1", str(file)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "everybody is signed out" in said
    assert "nobody is signed out" not in said
    assert f"sidegate secret rotate --keep 1 {file}" in said


def test_the_new_secret_has_to_stay(file: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["secret", "rotate", str(file), "--keep=0"])
    assert ended.value.code == 2


def test_the_commands_for_kubernetes_are_read_by_a_shell_as_they_are_meant(
    tmp_path: Path, capsys: Output
) -> None:
    path = tmp_path / "cookie secret"
    path.write_text(OLD)
    main(["secret", "rotate", str(path)])
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert len(lines) == 4
    script = "\n".join(["kubectl() { :; }", "sidegate() { :; }", "base64() { :; }", *lines])
    shell = ["bash", "-eu", "-c", script]
    assert subprocess.run(shell, check=True, env=os.environ, cwd=tmp_path).returncode == 0
