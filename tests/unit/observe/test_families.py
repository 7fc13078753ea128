"""The table of what is counted: named as Prometheus wants it, and each name once."""

from sidegate.observe.families import families
from sidegate.observe.measures import Durations, Kind, Measure
from sidegate.observe.metrics import OTHER, Metrics, Series


def test_names_follow_the_rules_of_prometheus_and_come_once() -> None:
    found = list(families(Metrics("1")))
    names = [measure.name for measure in found]
    assert len(names) == len({*names})
    for measure in found:
        assert measure.name.startswith(("oauth2_proxy_", "sidegate_"))
        assert measure.name.endswith("_total") == (measure.kind is Kind.COUNTER)
        assert measure.text.endswith(".")


def test_what_reached_no_route_has_one_name() -> None:
    metrics = Metrics("1")
    for route, count in (("", 2), (OTHER, 3)):
        metrics.requests["GET", route, 404] = Series(route, Durations(), count=count)
    requests = next(families(metrics))
    assert list(requests.read()) == [(("GET", "other", "404"), 5)]


def test_what_other_parts_know_is_told_too() -> None:
    metrics = Metrics("1")
    metrics.measures.append(Measure("sidegate_ready", Kind.GAUGE, "Ready.", lambda: [((), 1)]))
    assert "sidegate_ready" in [measure.name for measure in families(metrics)]
