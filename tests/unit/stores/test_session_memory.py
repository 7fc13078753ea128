"""What this process saw of sessions counts for seconds, and an end for good."""

import gc

from sidegate.stores.session_memory import BRIDGE, FRESH, SessionMemory
from sidegate.stores.ticket import session_name
from tests.unit.stores.kit import NOW, session

KEPT = session()


def test_the_same_session_in_other_cookie_bytes_is_one() -> None:
    memory = SessionMemory()
    assert memory.get(b"a", NOW) is None
    seen = memory.put(b"a", KEPT.id, NOW)
    assert memory.put(b"b", KEPT.id, NOW) is seen
    assert memory.get(b"a", NOW) is memory.get(b"b", NOW) is memory.of(KEPT.id) is seen


def test_what_was_seen_is_fresh_for_seconds_and_bridges_half_a_minute() -> None:
    seen = SessionMemory().put(b"a", KEPT.id, NOW)
    assert not seen.is_fresh(NOW)
    assert not seen.bridges(NOW)
    seen.see(KEPT, NOW)
    assert [seen.is_fresh(NOW + s) for s in (0, FRESH - 0.1, FRESH, -1)] == [1, 1, 0, 0]
    assert [seen.bridges(NOW + s) for s in (0, BRIDGE - 0.1, BRIDGE, -1)] == [1, 1, 0, 0]
    seen.doubt()
    assert not seen.is_fresh(NOW)
    assert seen.bridges(NOW)


def test_that_there_is_none_is_fresh_too_and_bridges_nothing() -> None:
    seen = SessionMemory().put(b"a", KEPT.id, NOW)
    seen.see(None, NOW)
    assert seen.is_fresh(NOW)
    assert not seen.bridges(NOW)


def test_an_older_generation_does_not_come_back() -> None:
    seen = SessionMemory().put(b"a", KEPT.id, NOW)
    later = session(generation=2)
    seen.see(later, NOW)
    seen.see(KEPT, NOW + 1)
    assert seen.session is later


def test_what_has_ended_stays_so() -> None:
    memory = SessionMemory()
    seen = memory.put(b"a", KEPT.id, NOW)
    seen.see(KEPT, NOW)
    memory.end(session_name("another"))
    assert seen.session is KEPT
    memory.end(session_name(KEPT.id))
    seen.see(KEPT, NOW)
    memory.doubt()
    assert seen.session is None
    assert seen.is_fresh(NOW + 1_000_000)


def test_nothing_is_kept_that_no_cookie_stands_for() -> None:
    memory = SessionMemory()
    for number in range(10_000):
        memory.put(b"%d" % number, f"id-{number}", NOW)
    gc.collect()
    assert len(memory) <= 4096
