"""What counts once is known again for as long as it could come again, in bounded memory."""

import pytest

from sidegate.stores import replays
from sidegate.stores.replays import Replays
from tests.kit.at_once import at_once


def test_a_name_is_known_for_its_time() -> None:
    now = 100.0
    seen = Replays(lambda: now)
    assert not at_once(seen.is_used("a"))
    at_once(seen.use("a", 60))
    assert at_once(seen.is_used("a"))
    assert not at_once(seen.is_used("b"))
    now = 160.0
    assert not at_once(seen.is_used("a"))
    at_once(seen.use("b", 60))
    assert len(seen) == 1


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "MOST", 3)
    seen = Replays(lambda: 0.0)
    for name in "abcd":
        at_once(seen.use(name, 60))
    assert [at_once(seen.is_used(name)) for name in "abcd"] == [False, True, True, True]
