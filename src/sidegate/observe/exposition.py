"""Our numbers as Prometheus reads them. The only module that imports prometheus_client."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import itemgetter
from typing import cast

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

from sidegate.observe.families import families
from sidegate.observe.measures import BUCKETS, Durations, Kind, Measure
from sidegate.observe.metrics import Metrics

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
        return map(_family, families(self._metrics))


def _family(measure: Measure) -> Metric:
    name, text, labels = measure.name, measure.text, measure.labels
    family: CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily | InfoMetricFamily
    match measure.kind:
        case Kind.COUNTER:
            family = CounterMetricFamily(name, text, labels=labels)
        case Kind.GAUGE:
            family = GaugeMetricFamily(name, text, labels=labels)
        case Kind.HISTOGRAM:
            family = HistogramMetricFamily(name, text, labels=labels)
        case Kind.INFO:
            family = InfoMetricFamily(name, text)
    for values, number in sorted(measure.read(), key=itemgetter(0)):
        _add(family, labels, values, number)
    return family


def _add(
    family: CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily | InfoMetricFamily,
    labels: Sequence[str],
    values: tuple[str, ...],
    number: float | Durations,
) -> None:
    if isinstance(family, HistogramMetricFamily):
        seen = cast("Durations", number)
        buckets = list(zip(_BOUNDS, accumulate(seen.counts), strict=True))
        family.add_metric(values, buckets, seen.total)
    elif isinstance(family, InfoMetricFamily):
        family.add_metric((), dict(zip(labels, values, strict=True)))
    else:
        family.add_metric(values, cast("float", number))
