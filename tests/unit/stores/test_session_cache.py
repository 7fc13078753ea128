"""The cache is short-lived and bounded, whatever comes."""

from hypothesis import given
from hypothesis import strategies as st

from sidegate.stores.session_cache import MOST_ENTRIES, MOST_KEY_BYTES, PERIOD, SessionCache
from tests.unit.stores.kit import NOW, session

SESSION = session()


def _bytes(cache: SessionCache) -> int:
    return sum(map(len, cache._young)) + sum(map(len, cache._old))


def test_an_entry_lives_between_one_and_two_periods() -> None:
    cache = SessionCache()
    cache.get(b"k", NOW)
    cache.put(b"k", SESSION, NOW)
    assert cache.get(b"k", NOW + PERIOD - 1) is SESSION
    assert cache.get(b"k", NOW + PERIOD) is SESSION
    assert cache.get(b"k", NOW + 2 * PERIOD) is None


def test_after_a_pause_or_a_clock_set_back_nothing_is_left() -> None:
    for later in (NOW + 10 * PERIOD, NOW - 1):
        cache = SessionCache()
        cache.get(b"k", NOW)
        cache.put(b"k", SESSION, NOW)
        assert cache.get(b"k", later) is None


def test_many_sessions_never_go_beyond_the_bounds() -> None:
    cache = SessionCache()
    for number in range(3 * MOST_ENTRIES):
        cache.put(b"%d" % number, SESSION, NOW)
        assert len(cache) <= MOST_ENTRIES
    assert cache.get(b"%d" % (3 * MOST_ENTRIES - 1), NOW) is SESSION


@given(st.lists(st.integers(1, MOST_KEY_BYTES), max_size=12))
def test_large_keys_never_go_beyond_the_bounds(sizes: list[int]) -> None:
    cache = SessionCache()
    for number, size in enumerate(sizes):
        cache.put(number.to_bytes(2, "big") + bytes(size), SESSION, NOW)
        assert _bytes(cache) <= MOST_KEY_BYTES


def test_nothing_is_remembered_after_all_was_forgotten() -> None:
    cache = SessionCache()
    cache.put(b"key", session(), NOW)
    cache.clear()
    assert cache.get(b"key", NOW) is None
    assert len(cache) == 0
