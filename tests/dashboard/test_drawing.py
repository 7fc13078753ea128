"""What the drawing of the dashboard makes of numbers."""

import pytest

from tests.dashboard.drawing import runs, stacked, step_of
from tests.dashboard.panels import Series, legend
from tests.dashboard.units import text, ticks


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.0421, "percentunit", "4.21 %"),
        (0.25, "s", "250 ms"),
        (0.00004, "s", "40 µs"),
        (9000, "s", "2.5 h"),
        (80, "s", "80 s"),
        (34 * 86400, "s", "34 days"),
        (0, "s", "0"),
        (48 << 20, "bytes", "48 MiB"),
        (12.345, "reqps", "12.3 req/s"),
        (1234, "short", "1234"),
        (12345, "opm", "12.3 K /min"),
    ],
)
def test_numbers_are_told_in_their_unit(value: float, unit: str, said: str) -> None:
    assert text(value, unit) == said


def test_a_number_may_have_fewer_decimals() -> None:
    assert text(14.7, "short", 0) == "15"


@pytest.mark.parametrize(
    ("top", "unit", "marks"),
    [
        (3.7, "short", [0, 1, 2, 3, 4]),
        (0.9, "reqps", [0, 0.25, 0.5, 0.75, 1]),
        (4 * 3600, "s", [0, 3600, 7200, 10800, 14400]),
    ],
)
def test_scales_are_round_and_reach_the_top(top: float, unit: str, marks: list[float]) -> None:
    assert ticks(top, unit) == marks


def test_series_are_stacked_where_they_have_values() -> None:
    one, other = Series("a", [(1, 1.0), (2, 2.0)]), Series("b", [(2, 5.0)])
    assert [list(made.samples) for made in stacked([one, other])] == [
        [(1, 1.0), (2, 2.0)],
        [(2, 7.0)],
    ]


def test_a_state_lasts_until_the_next_one() -> None:
    assert runs([(1, 1.0), (2, 1.0), (3, 0.0), (4, 0.0)]) == [(1, 3, 1.0), (3, 4, 0.0)]


def test_the_last_step_that_was_reached_gives_the_colour() -> None:
    steps = [{"color": "green", "value": None}, {"color": "red", "value": 5}]
    assert [step_of(value, steps) for value in (0, 4.9, 5, 9)] == ["green", "green", "red", "red"]


def test_a_legend_is_filled_with_labels() -> None:
    assert legend("{{a}} {{b}} up", {"a": "x", "b": "y"}) == "x y up"
