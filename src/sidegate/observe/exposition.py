"""Our counters as Prometheus reads them. The only module that imports prometheus_client."""

import platform
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from sidegate.observe.metrics import BUCKETS, Metrics

_BOUNDS = [*(str(bound) for bound in BUCKETS), "+Inf"]


def render(metrics: Metrics, accept: str) -> tuple[str, bytes]:
    """Return content type and body of one scrape."""
    registry = metrics.registry
    if registry is None:
        registry = metrics.registry = _registry(metrics)
    if "application/openmetrics-text" in accept:
        body: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call] # theirs
        return openmetrics.CONTENT_TYPE_LATEST, body
    return CONTENT_TYPE_PLAIN_0_0_4, generate_latest(registry)


def _registry(metrics: Metrics) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(metrics))
    ProcessCollector(registry=registry)
    return registry


class _Families(Collector):
    """Turns the plain numbers into families at the moment of a scrape."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self._requests()
        yield from self._sign_ins()
        yield from self._own()

    def _requests(self) -> Iterator[Metric]:
        metrics = self._metrics
        requests = CounterMetricFamily(
            "oauth2_proxy_requests_total",
            "Requests answered, by method, route and status code.",
            labels=("method", "path", "code"),
        )
        for (method, path, code), count in sorted(metrics.requests.items()):
            requests.add_metric((method, path, str(code)), count)
        yield requests
        yield GaugeMetricFamily(
            "oauth2_proxy_requests_in_flight",
            "Requests that are being served right now.",
            value=metrics.in_flight(),
        )
        durations = HistogramMetricFamily(
            "oauth2_proxy_response_duration_seconds",
            "Time from the request head to the end of the answer.",
            labels=("method",),
        )
        for method, seen in sorted(metrics.durations.items()):
            buckets = list(zip(_BOUNDS, accumulate(seen.counts), strict=True))
            durations.add_metric((method.lower(),), buckets, seen.total)
        yield durations

    def _sign_ins(self) -> Iterator[Metric]:
        metrics = self._metrics
        yield _counter(
            "oauth2_proxy_authentication_attempts_total", "Sign-ins tried.", metrics.attempts
        )
        yield _counter_by(
            "oauth2_proxy_authentication_failures_total",
            "Sign-ins that failed, by reason.",
            "reason",
            metrics.failures,
        )
        yield _counter(
            "oauth2_proxy_cookies_expired_total",
            "Session cookies refused because they were too old.",
            metrics.cookies_expired,
        )
        yield _counter(
            "oauth2_proxy_token_refreshes_total",
            "Sessions renewed at the identity provider.",
            metrics.refreshes,
        )
        yield _counter_by(
            "oauth2_proxy_token_refresh_errors_total",
            "Renewals that failed, by reason.",
            "reason",
            metrics.refresh_errors,
        )

    def _own(self) -> Iterator[Metric]:
        metrics = self._metrics
        yield _counter(
            "sidegate_sessions_started_total", "Sessions begun.", metrics.sessions_started
        )
        yield _counter_by(
            "sidegate_upstream_errors_total",
            "Requests the application failed, by code.",
            "code",
            metrics.upstream_errors,
        )
        yield _counter_by(
            "sidegate_connections_refused_total",
            "Client connections turned away, or ended while they waited, for want of room.",
            "reason",
            metrics.connections_refused,
        )
        yield _counter(
            "sidegate_log_lines_dropped_total",
            "Log lines lost because the output did not take them.",
            metrics.log_lines_dropped(),
        )
        yield from self._reloads()
        build = {"version": metrics.version, "python": platform.python_version()}
        yield InfoMetricFamily("sidegate_build", "What is running.", value=build)

    def _reloads(self) -> Iterator[Metric]:
        metrics = self._metrics
        reloads = CounterMetricFamily(
            "sidegate_reloads_total",
            "Changed files, by the option that names them and by whether they were taken over.",
            labels=("file", "outcome"),
        )
        for labels, count in sorted(metrics.reloads.items()):
            reloads.add_metric(labels, count)
        yield reloads
        last = GaugeMetricFamily(
            "sidegate_reload_last_success_timestamp_seconds",
            "When the file in force was read, in seconds since the epoch.",
            labels=("file",),
        )
        for file, at in sorted(metrics.reloaded_at.items()):
            last.add_metric((file,), at)
        yield last


def _counter(name: str, text: str, value: int) -> CounterMetricFamily:
    return CounterMetricFamily(name, text, value=value)


def _counter_by(name: str, text: str, label: str, values: dict[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=(label,))
    for value, count in sorted(values.items()):
        family.add_metric((value,), count)
    return family
