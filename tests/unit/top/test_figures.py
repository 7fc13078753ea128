"""Rates between two scrapes, and quantiles of histograms."""

from math import inf

import pytest

from sidegate.top.figures import Figures
from tests.unit.top.scrapes import scrape

BUCKETS = {"0.1": 50.0, "0.5": 90.0, "1.0": 99.0, "+Inf": 100.0}


def test_rates_are_counted_between_two_scrapes() -> None:
    figures = Figures(scrape(12.0, n=30.0), scrape(10.0, n=10.0), 60.0)
    assert not figures.is_since_start
    assert figures.rate("n") == 10.0


def test_the_first_scrape_gives_averages_since_the_start() -> None:
    figures = Figures(scrape(12.0, n=30.0), None, 60.0)
    assert figures.is_since_start
    assert figures.rate("n") == 0.5


def test_a_gate_that_was_started_anew_counts_from_its_start() -> None:
    figures = Figures(scrape(12.0, started=200.0, n=3.0), scrape(10.0, n=10.0), 1.0)
    assert figures.is_since_start
    assert figures.rate("n") == 3.0


def test_a_counter_that_fell_was_begun_anew() -> None:
    figures = Figures(scrape(12.0, n=4.0), scrape(10.0, n=10.0), 60.0)
    assert figures.rate("n") == 2.0


def test_rates_are_by_label_too() -> None:
    now = scrape(11.0, n__code={"200": 5.0, "404": 1.0})
    figures = Figures(now, scrape(10.0, n__code={"200": 2.0}), 60.0)
    assert figures.rates("n", "code") == {"200": 3.0, "404": 1.0}


@pytest.mark.parametrize(
    ("share", "seconds"),
    [(0.5, 0.1), (0.25, 0.05), (0.9, 0.5), (0.95, 0.5 + 0.5 * 5 / 9), (1, inf)],
)
def test_quantiles_are_spread_evenly_in_a_bucket(share: float, seconds: float) -> None:
    figures = Figures(scrape(1.0, h_bucket__le=BUCKETS), None, 60.0)
    assert figures.quantile(share, "h") == pytest.approx(seconds)


def test_a_histogram_without_anything_has_no_quantile() -> None:
    assert Figures(scrape(1.0), None, 60.0).quantile(0.5, "h") is None
    before, now = scrape(1.0, h_bucket__le=BUCKETS), scrape(2.0, h_bucket__le=BUCKETS)
    assert Figures(now, before, 60.0).quantile(0.5, "h") is None
