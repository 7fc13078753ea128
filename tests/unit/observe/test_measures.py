"""Numbers are read when somebody asks, and not before."""

import pytest

from sidegate.observe.measures import BUCKETS, Durations, by_label, one


def test_a_duration_equal_to_a_bound_belongs_to_that_bucket() -> None:
    seen = Durations()
    seen.add(BUCKETS[0])
    seen.add(BUCKETS[-1] + 1)
    assert (seen.counts[0], seen.counts[-1], sum(seen.counts)) == (1, 1, 2)
    assert seen.total == pytest.approx(BUCKETS[0] + BUCKETS[-1] + 1)


def test_what_is_read_is_what_counts_now() -> None:
    numbers = {"a": 1}
    read, read_one = by_label(numbers), one(lambda: numbers["a"])
    numbers["a"] = 2
    assert list(read()) == [(("a",), 2)]
    assert list(read_one()) == [((), 2)]
