"""Tokens are remembered for their time, in bounds of number and of bytes."""

from hypothesis import given
from hypothesis import strategies as st

from sidegate.stores.token_memory import ENTRY_BYTES, TokenMemory


def memory(most: int = 3, most_bytes: int = 10 * ENTRY_BYTES) -> TokenMemory[str]:
    return TokenMemory(most, most_bytes)


def test_a_value_is_known_until_its_time_is_over() -> None:
    known = memory()
    known.put(b"k", "v", now=10, until=20, size=0)
    assert known.get(b"k", 10) == known.get(b"k", 19.9) == "v"
    assert known.get(b"k", 20) is None
    assert len(known) == 0


def test_a_clock_that_is_set_back_forgets() -> None:
    known = memory()
    known.put(b"k", "v", now=10, until=20, size=0)
    assert known.get(b"k", 9) is None


def test_what_is_over_already_is_not_remembered() -> None:
    known = memory()
    known.put(b"k", "v", now=10, until=10, size=0)
    assert len(known) == 0


def test_the_oldest_go_when_there_are_too_many() -> None:
    known = memory(most=3)
    for number in range(5):
        known.put(b"%d" % number, "v", now=0, until=9, size=0)
    assert [known.get(b"%d" % number, 1) for number in range(5)] == [None, None, "v", "v", "v"]


def test_the_oldest_go_when_they_are_too_large_and_what_never_fits_is_not_kept() -> None:
    known = memory(most=9, most_bytes=4 * ENTRY_BYTES)
    known.put(b"a", "v", now=0, until=9, size=ENTRY_BYTES)
    known.put(b"b", "v", now=0, until=9, size=ENTRY_BYTES)
    known.put(b"c", "v", now=0, until=9, size=ENTRY_BYTES)
    assert known.get(b"a", 1) is None
    known.put(b"d", "v", now=0, until=9, size=5 * ENTRY_BYTES)
    assert (known.get(b"d", 1), len(known)) == (None, 2)


@given(st.lists(st.tuples(st.binary(max_size=1), st.integers(0, 3000), st.booleans())))
def test_the_bounds_hold_whatever_comes(steps: list[tuple[bytes, int, bool]]) -> None:
    known = memory(most=4, most_bytes=8 * ENTRY_BYTES)
    for key, size, is_put in steps:
        if is_put:
            known.put(key, "v", now=0, until=9, size=size)
        else:
            known.get(key, 10)
        held = sum(entry[2] for entry in known._entries.values())
        assert held == known._bytes <= 8 * ENTRY_BYTES
        assert len(known) <= 4
