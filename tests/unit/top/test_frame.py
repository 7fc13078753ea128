"""A frame fits a terminal of 80 by 24, and says what matters."""

import re
from math import inf

import pytest

from sidegate.top.figures import Figures
from sidegate.top.frame import HEIGHT, RED, draw, duration, latency, number, whole
from tests.unit.top.scrapes import scrape

ANSI = re.compile("\x1b\\[[0-9;]*m")
REASONS = {f"reason_that_is_as_long_as_any_{n}": 10.0**n for n in range(6)}
BUSY = Figures(
    scrape(
        12.0,
        oauth2_proxy_requests_total__code={"200": 1e9, "302": 5.0, "401": 7.0, "502": 1e6},
        oauth2_proxy_response_duration_seconds_bucket__le={"0.1": 5.0, "+Inf": 5.0},
        oauth2_proxy_authentication_failures_total__reason=REASONS,
        sidegate_provider_up__provider={f"provider-{n}": n % 2 for n in range(9)},
        sidegate_store_up=0.0,
        sidegate_ready=0.0,
        sidegate_build_info__version={"0.1.0": 1.0},
        sidegate_client_connections=123456.0,
        sidegate_connections_refused_total=1e9,
        process_resident_memory_bytes=2.0**33,
        process_open_fds=1e6,
    ),
    None,
    86400.0 * 400,
)
QUIET = Figures(scrape(1.0, sidegate_ready=1.0, sidegate_store_up=1.0), None, 5.0)


@pytest.mark.parametrize("figures", [BUSY, QUIET], ids=["busy", "quiet"])
@pytest.mark.parametrize("colours", [True, False])
@pytest.mark.parametrize("trouble", ["", "no connection " * 20])
def test_a_frame_fits(figures: Figures, trouble: str, *, colours: bool) -> None:
    lines = draw(figures, "http://metrics.of.a.long.name.test:9090/" * 3, trouble, colours=colours)
    assert len(lines) < HEIGHT
    assert max(len(ANSI.sub("", line)) for line in lines) < 80


def test_a_busy_frame_says_what_matters() -> None:
    text = "\n".join(draw(BUSY, "x"))
    for words in (
        "NOT READY",
        "up 400d00h",
        "1 000 000 000",
        "p50 50 ms",
        "provider-0 AWAY",
        "Redis AWAY",
        "memory 8192 MiB",
        "reason_that_is_as_long_as",
    ):
        assert words in text


def test_reasons_that_came_most_are_shown() -> None:
    lines = [line for line in draw(BUSY, "x") if line.startswith("  reason")]
    assert [line.split()[-1] for line in lines] == ["000", "000", "000"]
    assert len(lines) == 3


def test_a_quiet_frame_has_no_red() -> None:
    lines = draw(QUIET, "x", colours=True)
    assert RED not in "".join(lines)
    assert "ready" in lines[0]
    assert RED in "".join(draw(QUIET, "x", "gone", colours=True))


def test_without_colours_nothing_but_text_is_drawn() -> None:
    assert "\x1b" not in "".join(draw(BUSY, "x", "gone"))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.001, "< 0.01"), (0.123, "0.12"), (12.34, "12.3"), (1234.5, "1 234")],
)
def test_rates_are_short(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-"), (0.0042, "4 ms"), (2.55, "2.5 s"), (inf, "> 10 s")]
)
def test_latencies_are_short(seconds: float | None, text: str) -> None:
    assert latency(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5.9, "5s"), (65, "1m05s"), (3 * 3600 + 720, "3h12m"), (2 * 86400 + 3600, "2d01h")],
)
def test_durations_have_two_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_thousands_are_apart() -> None:
    assert whole(1234567.0) == "1 234 567"
