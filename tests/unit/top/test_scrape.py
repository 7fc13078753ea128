"""Numbers are found by name and label."""

import pytest

from sidegate.top.scrape import parse

TEXT = """\
# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{method="GET",code="200"} 5.0
requests_total{method="GET",code="404"} 2.0
requests_total{method="POST",code="200"} 1.0
# TYPE up gauge
up 1.0
# TYPE build_info gauge
build_info{version="1.2"} 1.0
"""


def test_a_family_is_summed_by_labels() -> None:
    scrape = parse(TEXT, 7.0)
    assert scrape.at == 7.0
    assert scrape.total("requests_total") == 8
    assert scrape.total("requests_total", method="GET") == 7
    assert scrape.by("requests_total", "code") == {"200": 6, "404": 2}


def test_one_number_and_one_label_are_found() -> None:
    scrape = parse(TEXT, 0.0)
    assert scrape.first("up") == 1
    assert scrape.label("build_info", "version") == "1.2"


def test_what_is_not_told_is_none_or_zero() -> None:
    scrape = parse(TEXT, 0.0)
    assert scrape.first("other") is None
    assert scrape.total("other") == 0
    assert scrape.by("other", "x") == {}
    assert scrape.label("other", "x") == ""


def test_what_is_not_the_text_format_is_refused() -> None:
    with pytest.raises(ValueError, match="html"):
        parse("<html>nothing", 0.0)
