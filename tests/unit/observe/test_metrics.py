"""The counters move, stay bounded, exist from the start, and Prometheus can read them."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

from sidegate.observe.exposition import render
from sidegate.observe.measures import BUCKETS
from sidegate.observe.metrics import ENDS, Metrics


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("1.2.3", ("/ping", "/ready"))


def _samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    _, body = render(metrics, "")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parse_text(body.decode())
        for sample in family.samples
    }


def test_counters_that_alerts_watch_exist_with_zero_before_anything_happened(
    metrics: Metrics,
) -> None:
    samples = _samples(metrics)
    for name in (
        "oauth2_proxy_requests_in_flight",
        "oauth2_proxy_authentication_attempts_total",
        "oauth2_proxy_cookies_expired_total",
        "oauth2_proxy_token_refreshes_total",
        "sidegate_sessions_started_total",
    ):
        assert samples[name, ()] == 0
    for name, label, value in (
        ("oauth2_proxy_authentication_failures_total", "reason", "state_mismatch"),
        ("oauth2_proxy_authentication_failures_total", "reason", "other"),
        ("oauth2_proxy_token_refresh_errors_total", "reason", "grant_rejected"),
        ("sidegate_upstream_errors_total", "code", "upstream_timeout"),
        ("sidegate_log_lines_dropped_total", "log", "audit"),
    ):
        assert samples[name, ((label, value),)] == 0


def test_a_request_is_counted_by_method_route_and_code_and_timed(
    metrics: Metrics, exchange: Callable[..., Any]
) -> None:
    metrics(exchange(route="/oauth2/sign_in", status=200))
    metrics(exchange(route="/oauth2/sign_in", status=200, ended=11.0))
    samples = _samples(metrics)
    labels = (("code", "200"), ("method", "GET"), ("path", "/oauth2/sign_in"))
    assert samples["oauth2_proxy_requests_total", labels] == 2
    name = "oauth2_proxy_response_duration_seconds"
    assert samples[f"{name}_bucket", (("le", "0.005"), ("method", "get"))] == 1
    assert samples[f"{name}_bucket", (("le", "1.0"), ("method", "get"))] == 2
    assert samples[f"{name}_bucket", (("le", "+Inf"), ("method", "get"))] == 2
    assert samples[f"{name}_count", (("method", "get"),)] == 2
    assert samples[f"{name}_sum", (("method", "get"),)] == pytest.approx(1.0042)


def test_a_duration_equal_to_a_bound_belongs_to_that_bucket(
    metrics: Metrics, exchange: Callable[..., Any]
) -> None:
    metrics(exchange(started=0.0, ended=BUCKETS[0]))
    assert metrics.durations["GET"].counts[0] == 1


def test_the_life_of_a_tunnel_is_counted_but_not_timed(
    metrics: Metrics, exchange: Callable[..., Any]
) -> None:
    metrics(exchange(status=101, ended=5000.0))
    assert metrics.requests["GET", "/", 101].count == 1
    assert sum(metrics.durations["GET"].counts) == 0


def test_ping_and_ready_are_not_counted(metrics: Metrics, exchange: Callable[..., Any]) -> None:
    metrics(exchange(b"/ping", upstream=""))
    metrics(exchange(b"/ready?verbose", upstream=""))
    assert metrics.requests == {}


def test_a_path_of_that_name_that_an_application_answered_is_counted(
    metrics: Metrics, exchange: Callable[..., Any]
) -> None:
    metrics(exchange(b"/ping"))
    assert metrics.requests["GET", "/", 200].count == 1


def test_ten_thousand_paths_and_methods_make_a_handful_of_series(
    metrics: Metrics, exchange: Callable[..., Any]
) -> None:
    for number in range(10_000):
        metrics(exchange(b"/random/%d" % number, method=b"M%d" % number))
    assert list(metrics.requests) == [("OTHER", "/", 200)]
    for number in range(10_000):
        metrics(exchange(route=f"/{number}"))  # even if routes were not bounded
    assert len(metrics.requests) < 2200
    assert sum(series.count for series in metrics.requests.values()) == 20_000


def test_events_of_sign_in_and_refresh_are_counted_by_stable_code(
    metrics: Metrics, exchange: Callable[..., Any]
) -> None:
    metrics.authentication_attempt()
    metrics.authentication_failure("state_mismatch")
    metrics.authentication_failure("store_unavailable")
    metrics.authentication_failure("whatever a stranger wrote")
    metrics.cookie_expired()
    metrics.token_refresh()
    metrics.token_refresh_error("grant_rejected")
    metrics.session_started()
    metrics(exchange(status=504, reason="upstream_timeout"))
    metrics.in_flight = lambda: 3
    metrics.log_lines_dropped = lambda: {"out": 4}
    samples = _samples(metrics)
    failures = "oauth2_proxy_authentication_failures_total"
    assert samples[failures, (("reason", "state_mismatch"),)] == 1
    assert samples[failures, (("reason", "store_unavailable"),)] == 1
    assert samples[failures, (("reason", "other"),)] == 1
    assert samples["oauth2_proxy_authentication_attempts_total", ()] == 1
    assert samples["oauth2_proxy_cookies_expired_total", ()] == 1
    assert samples["oauth2_proxy_token_refreshes_total", ()] == 1
    errors = "oauth2_proxy_token_refresh_errors_total"
    assert samples[errors, (("reason", "grant_rejected"),)] == 1
    assert samples["sidegate_sessions_started_total", ()] == 1
    assert samples["sidegate_upstream_errors_total", (("code", "upstream_timeout"),)] == 1
    assert samples["oauth2_proxy_requests_in_flight", ()] == 3
    assert samples["sidegate_log_lines_dropped_total", (("log", "out"),)] == 4
    build = [labels for name, labels in samples if name == "sidegate_build_info"]
    assert dict(build[0])["version"] == "1.2.3"


def test_openmetrics_is_given_to_who_asks_for_it_and_text_to_everybody_else(
    metrics: Metrics, exchange: Callable[..., Any]
) -> None:
    metrics(exchange())
    kind, body = render(metrics, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert kind.startswith("application/openmetrics-text; version=1.0.0")
    names = {family.name for family in parse_openmetrics(body.decode())}
    assert {"oauth2_proxy_requests", "sidegate_build"} <= names
    for accept in ("", "*/*", "text/plain;version=nonsense"):
        kind, body = render(metrics, accept)
        assert kind == "text/plain; version=0.0.4; charset=utf-8"
        assert body.endswith(b"\n")


@pytest.mark.skipif(sys.platform != "linux", reason="process metrics are read from /proc")
def test_the_process_itself_is_measured(metrics: Metrics) -> None:
    assert _samples(metrics)["process_resident_memory_bytes", ()] > 1 << 20


def test_counting_alone_never_imports_the_prometheus_library() -> None:
    script = (
        "import sys; from sidegate.observe.metrics import Metrics; Metrics('1');"
        "sys.exit('prometheus_client' in sys.modules)"
    )
    path = [entry for entry in sys.path if entry]
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, env={"PYTHONPATH": ":".join(path)}
    )
    assert done.returncode == 0


def test_how_long_the_application_took_is_kept_by_route_and_only_where_it_was_asked(
    metrics: Metrics, exchange: Callable[..., Any]
) -> None:
    metrics(exchange(route="/app/", waited=0.2))
    metrics(exchange(route="/oauth2/start"))
    samples = _samples(metrics)
    name = "sidegate_upstream_response_duration_seconds"
    assert samples[f"{name}_sum", (("path", "/app/"),)] == pytest.approx(0.2)
    assert (f"{name}_sum", (("path", "/oauth2/start"),)) not in samples


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("provider_unavailable", "postponed"),
        ("provider_misbehaved", "postponed"),
        ("grant_rejected", "ended"),
        ("session_too_large", "ended"),
    ],
)
def test_a_renewal_that_failed_is_postponed_or_the_end(
    metrics: Metrics, code: str, outcome: str
) -> None:
    metrics.token_refresh_error(code)
    assert metrics.refreshes[outcome] == 1
    assert metrics.sessions_ended["refresh"] == (outcome == "ended")


def test_only_what_ends_a_session_is_counted_as_its_end(metrics: Metrics) -> None:
    for kind in (*ENDS, "password_accepted"):
        metrics.session_ended(kind)
    assert metrics.sessions_ended == dict.fromkeys(ENDS, 1)


def test_rules_are_counted_by_name_and_those_in_shadow_apart(metrics: Metrics) -> None:
    metrics.refused("staff", in_shadow=False)
    metrics.refused("staff", in_shadow=True)
    metrics.refused("staff", in_shadow=True)
    samples = _samples(metrics)
    assert samples["sidegate_rule_refusals_total", (("rule", "staff"),)] == 1
    assert samples["sidegate_rule_shadow_refusals_total", (("rule", "staff"),)] == 2
    for number in range(1000):
        metrics.refused(str(number), in_shadow=False)
    assert len(metrics.refusals) <= 257


def test_cookies_that_do_not_open_are_counted_by_kind(metrics: Metrics) -> None:
    metrics.session_unopened()
    metrics.attempt_unopened()
    metrics.token_refresh_incomplete()
    samples = _samples(metrics)
    for cookie in ("session", "attempt"):
        assert samples["sidegate_cookie_open_failures_total", (("cookie", cookie),)] == 1
    assert samples["sidegate_refreshes_incomplete_total", ()] == 1


def test_rules_that_refused_nobody_yet_are_there_with_zero(metrics: Metrics) -> None:
    metrics.watch_rules(["staff"])
    samples = _samples(metrics)
    for rule in ("staff", "email", "allowed_groups", "no_rule"):
        assert samples["sidegate_rule_refusals_total", (("rule", rule),)] == 0
    assert samples["sidegate_rule_shadow_refusals_total", (("rule", "staff"),)] == 0


def test_when_there_are_too_many_series_the_rest_is_one_with_times_of_its_own(
    metrics: Metrics, exchange: Callable[..., Any]
) -> None:
    for number in range(2048 + 3):
        metrics(exchange(route=f"/{number}", waited=0.1))
    rest = metrics.requests["GET", "other", 200]
    assert (rest.count, sum(metrics.upstream_durations["other"].counts)) == (3, 3)


def test_a_session_goes_on_when_a_renewal_could_not_be_kept(metrics: Metrics) -> None:
    metrics.token_refresh_error("store_unavailable")
    assert metrics.refresh_errors["store_unavailable"] == 1
    assert metrics.refreshes["postponed"] == 1
    assert metrics.refreshes["ended"] == metrics.sessions_ended["refresh"] == 0
