"""Numbers are read when somebody asks, and not before."""

import pytest

from sidegate.observe.measures import BUCKETS, Durations, Family, Kind, Numbers, values


def test_a_duration_equal_to_a_bound_belongs_to_that_bucket() -> None:
    seen = Durations()
    seen.add(BUCKETS[0])
    seen.add(BUCKETS[-1] + 1)
    assert (seen.counts[0], seen.counts[-1], sum(seen.counts)) == (1, 1, 2)
    assert seen.total == pytest.approx(BUCKETS[0] + BUCKETS[-1] + 1)


def test_what_is_read_is_what_counts_now() -> None:
    numbers: dict[str, float] = {"a": 1}
    family: Family[dict[str, float]] = Family("x", Kind.GAUGE, "X.", lambda part: part, ("l",))
    measure = family.of(numbers)
    numbers["a"] = 2
    assert list(measure.read()) == [(("a",), 2)]


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        (3, [((), 3)]),
        (False, [((), False)]),
        ({"a": 1, "b": 2.5}, [(("a",), 1), (("b",), 2.5)]),
        ([(("a", "b"), 1)], [(("a", "b"), 1)]),
        (None, []),
    ],
)
def test_a_row_may_read_one_number_some_by_a_label_or_none(
    numbers: Numbers, told: list[object]
) -> None:
    assert list(values(numbers)) == told


def test_what_is_told_of_each_part_begins_with_its_name() -> None:
    family: Family[int] = Family("x", Kind.GAUGE, "X.", lambda n: {"twice": 2 * n}, ("how",))
    measure = family.of_each("part", {"one": 1, "two": 2})
    assert measure.labels == ("part", "how")
    assert list(measure.read()) == [(("one", "twice"), 2), (("two", "twice"), 4)]
