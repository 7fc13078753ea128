"""The ring of a running gate follows its file, and a new secret seals when its time has come."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sidegate.app.keys import Keys
from sidegate.config.findings import Malformed
from sidegate.core.secret import Secret
from tests.unit.stores.kit import settings

A, B = "a" * 32, "b" * 32


class Stage:
    """A file of secrets, the keys of a gate, its clock and its timers."""

    def __init__(self, folder: Path, text: str = A) -> None:
        self.path = folder / "secrets"
        self.now = 0.0
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.learned: list[object] = []
        self.sealing = 0
        secrets = tuple(Secret(line.encode()) for line in text.split())
        self.keys = Keys(
            settings(cookie_secrets=secrets, cookie_secret_file=str(self.path)),
            monotonic=lambda: self.now,
            wall=lambda: 1_000_000.0 + self.now,
            later=lambda pause, call: self.timers.append((self.now + pause, call)),
            on_sealing=self._note,
            learn=self.learned.extend,
        )
        self.sealer = self.keys.ring.sealer("session")

    def _note(self) -> None:
        self.sealing += 1

    def write(self, text: str) -> str | None:
        self.path.write_text(text)
        watched = self.keys.watched()
        assert watched is not None
        return watched.read()()

    def pass_time(self, until: float) -> None:
        due = sorted(timer for timer in self.timers if timer[0] <= until)
        self.timers = [timer for timer in self.timers if timer[0] > until]
        for at, call in due:
            self.now = at
            call()
        self.now = until

    def sealed_by(self, text: str) -> bool:
        other = Keys(
            settings(cookie_secrets=(Secret(text.encode()),)),
            monotonic=lambda: 0.0,
            wall=lambda: 0.0,
            later=lambda _pause, _call: None,
        )
        token = self.sealer.seal(b"x", b"").encode()
        return other.ring.sealer("session").open(token, b"") == b"x"


def test_a_new_secret_opens_at_once_and_seals_after_the_grace(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    detail = stage.write(f"# rotated\n{B}\n\n{A}\n")
    assert detail == "2 secrets, 1 new, 0 gone; the first seals in 60 s"
    assert Secret(B.encode()) in stage.learned
    assert stage.sealed_by(A)
    stage.pass_time(59.0)
    assert (stage.sealed_by(A), stage.sealing) == (True, 0)
    stage.pass_time(61.0)
    assert (stage.sealed_by(B), stage.sealing) == (True, 1)


def test_a_timer_that_is_early_is_set_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.write(f"{B}\n{A}")
    stage.now = 59.999
    stage.timers.pop()[1]()
    assert stage.sealed_by(A)
    stage.pass_time(60.1)
    assert stage.sealed_by(B)


def test_a_gate_that_starts_with_two_seals_with_the_older_for_a_while(tmp_path: Path) -> None:
    stage = Stage(tmp_path, f"{B} {A}")
    assert stage.sealed_by(A)
    stage.pass_time(60.0)
    assert stage.sealed_by(B)


def test_that_nobody_stays_signed_in_is_told(tmp_path: Path) -> None:
    detail = Stage(tmp_path).write(B)
    assert detail is not None
    assert "1 secret, 1 new, 1 gone; no secret of before is left" in detail


def test_the_same_secrets_are_no_news(tmp_path: Path) -> None:
    assert Stage(tmp_path).write(f"# said anew\n{A}\n") is None


def test_a_wrong_file_leaves_the_ring_and_names_the_line(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    with pytest.raises(Malformed) as raised:
        stage.write(f"{B}\n{A[:20]}\n")
    assert raised.value.what.startswith("line 2: ")
    assert A[:20] not in raised.value.what
    assert stage.sealed_by(A)


def test_a_secret_that_is_in_no_file_is_not_watched() -> None:
    keys = Keys(
        settings(), monotonic=lambda: 0.0, wall=lambda: 0.0, later=lambda _pause, _call: None
    )
    assert keys.watched() is None


def test_when_the_sealing_secret_came_is_when_its_file_was_written(tmp_path: Path) -> None:
    stage = Stage(tmp_path)  # there is no file yet: nobody knows better than the start
    assert stage.keys.sealing_since == 1_000_000.0
    stage.write(A)
    os.utime(stage.path, (5.0, 5.0))
    again = Keys(
        settings(cookie_secrets=(Secret(A.encode()),), cookie_secret_file=str(stage.path)),
        monotonic=lambda: 0.0,
        wall=lambda: 9.0,
        later=lambda _pause, _call: None,
    )
    assert again.sealing_since == 5.0


def test_another_secret_is_young_from_the_moment_it_seals(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.write(f"{B}\n{A}\n")
    assert stage.keys.sealing_since == 1_000_000.0
    stage.pass_time(61.0)
    assert stage.keys.sealing_since == 1_000_060.0
    stage.write(f"{B}\n")  # it sealed before
    assert stage.keys.sealing_since == 1_000_060.0
