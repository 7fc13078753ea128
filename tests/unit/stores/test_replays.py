"""What counts once is known again for as long as it could come again, in bounded memory."""

import asyncio

import pytest

from sidegate.core.errors import StoreUnavailable
from sidegate.stores import replays
from sidegate.stores.replays import Replays, SharedReplays
from tests.kit.at_once import at_once
from tests.kit.records import MemoryRecords


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


def test_what_one_process_noted_another_one_knows_and_the_server_learns_no_name() -> None:
    now = 100.0
    records = MemoryRecords(lambda: now)
    here, there = SharedReplays(records, "gate"), SharedReplays(records, "gate")
    asyncio.run(here.use("oidc\0jti-1", 60))
    assert asyncio.run(there.is_used("oidc\0jti-1"))
    assert not asyncio.run(there.is_used("oidc\0jti-2"))
    assert not asyncio.run(SharedReplays(records, "other").is_used("oidc\0jti-1"))
    assert not any("jti" in key for key in records.kept)
    now = 160.0
    assert not asyncio.run(there.is_used("oidc\0jti-1"))


def test_a_server_that_does_not_answer_knows_nothing() -> None:
    records = MemoryRecords(lambda: 0.0)
    records.is_down = True
    with pytest.raises(StoreUnavailable):
        asyncio.run(SharedReplays(records, "gate").is_used("a"))
