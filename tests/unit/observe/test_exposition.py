"""A scrape is text that Prometheus reads, with every counter there from the start."""

import gc
import weakref

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_plain

from sidegate.observe.exposition import render
from sidegate.observe.measures import Durations
from sidegate.observe.metrics import Metrics, Series

OPEN = "application/openmetrics-text; version=1.0.0"


@pytest.mark.parametrize(
    ("accept", "kind", "read"),
    [
        (OPEN, "application/openmetrics-text", read_open),
        ("text/plain", "text/plain; version=0.0.4", read_plain),
        ("", "text/plain; version=0.0.4", read_plain),
    ],
)
def test_both_formats_can_be_read(accept: str, kind: str, read: object) -> None:
    content_type, body = render(Metrics("1.2.3"), accept)
    assert content_type.startswith(kind)
    families = list(read(body.decode()))  # type: ignore[operator] # one of two parsers
    assert any(family.name.startswith("oauth2_proxy_requests") for family in families)
    assert all(family.documentation for family in families)


def test_a_counter_that_never_counted_is_there_with_zero() -> None:
    _, body = render(Metrics("1.2.3"), "")
    line = b'oauth2_proxy_authentication_failures_total{reason="state_mismatch"} 0.0'
    assert line in body.splitlines()


def test_the_version_is_told() -> None:
    _, body = render(Metrics("1.2.3"), "")
    assert b'"1.2.3"' in body


def test_a_second_scrape_of_the_same_numbers_works_and_sees_new_ones() -> None:
    metrics = Metrics("1")
    render(metrics, "")
    metrics.authentication_attempt()
    _, body = render(metrics, "")
    assert b"oauth2_proxy_authentication_attempts_total 1.0" in body.splitlines()


def test_hostile_label_values_cannot_make_a_line_of_their_own() -> None:
    metrics = Metrics("1")
    route = '/a"\n evil 1\\'
    metrics.requests["GET", route, 200] = Series(route, Durations(), count=1)
    _, body = render(metrics, "")
    assert not any(line.startswith(b" evil") for line in body.splitlines())
    assert list(read_plain(body.decode()))


def test_numbers_nobody_holds_any_more_are_let_go() -> None:
    metrics = Metrics("1")
    render(metrics, "")
    there = weakref.ref(metrics)
    del metrics
    gc.collect()
    assert there() is None


def test_files_that_are_watched_are_there_from_the_start() -> None:
    metrics = Metrics("1")
    metrics.watch_file("cookie_secret_file", 5.0)
    metrics.reloaded("cookie_secret_file", None)
    lines = render(metrics, "")[1].decode().splitlines()
    assert 'sidegate_reloads_total{file="cookie_secret_file",outcome="success"} 0.0' in lines
    assert 'sidegate_reloads_total{file="cookie_secret_file",outcome="failure"} 1.0' in lines
    stamp = "sidegate_reload_last_success_timestamp_seconds"
    assert f'{stamp}{{file="cookie_secret_file"}} 5.0' in lines
