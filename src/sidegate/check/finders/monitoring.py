"""Alerts that never fire, because what they name does not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sidegate.check.finding import Finding, seen, table
from sidegate.check.gates import gates
from sidegate.check.promql import Asked, asked
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Thing

Known = Mapping[str, frozenset[str]]
"""Names of metrics, with their labels."""

OF_OAUTH2_PROXY: Known = {
    "oauth2_proxy_requests_total": frozenset({"code"}),
    "oauth2_proxy_requests_in_flight": frozenset(),
    "oauth2_proxy_response_duration_seconds": frozenset({"method", "le"}),
}
HISTOGRAM = ("_bucket", "_sum", "_count")
PREFIXES = ("oauth2_proxy_", "sidegate_")

OF_TARGETS = frozenset(
    (
        *("alertname", "app", "application", "cluster", "cluster_id", "cluster_name", "container"),
        *("datacenter", "dc", "deployment", "endpoint", "env", "environment", "instance", "job"),
        *("monitor", "namespace", "node", "node_name", "pod", "pod_name", "project", "prometheus"),
        *("prometheus_replica", "region", "release", "replica", "service", "shard", "stage"),
        *("team", "tenant", "workload", "zone", "__name__"),
    )
)
"""Labels that scraping adds."""
OF_TARGETS_TOO = ("exported_", "kubernetes_", "app_kubernetes_io_", "label_", "topology_")


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield alerts on metrics and labels that the gate does not have.

    The gate is the one among the manifests; where there is none it is sidegate.
    """
    is_ours = all(gate.is_sidegate for gate in gates(manifests))
    known = of_sidegate() if is_ours else OF_OAUTH2_PROXY
    for thing in manifests.of_kind("PrometheusRule"):
        for group in thing.spec["groups"]:
            for rule in group["rules"]:
                yield from of_rule(thing, rule["expr"], known)


def of_sidegate() -> Known:
    """Return our metrics."""
    return {name: frozenset(labels) for name, labels in table("metrics.toml").items()}


def of_rule(thing: Thing, node: Node, known: Known) -> Iterator[Finding]:
    """Yield what is wrong with one expression."""
    what = asked(node.text)
    for metric in sorted(what.metrics):
        if metric.startswith(PREFIXES) and ":" not in metric and base(metric, known) not in known:
            yield seen("metric-unknown", thing, node, metric)
    for metric, label in selected_wrongly(what, known):
        yield seen("metric-label-unknown", thing, node, told(label, metric, known[metric]))
    yield from of_grouping(thing, node, what, known)


def selected_wrongly(what: Asked, known: Known) -> Iterator[tuple[str, str]]:
    """Yield the metric and the label of each choice among values that there are none of."""
    for name, label in dict.fromkeys(what.selected):
        metric = base(name, known)
        if metric in known and label not in known[metric] and not is_of_targets(label):
            yield metric, label


def of_grouping(thing: Thing, node: Node, what: Asked, known: Known) -> Iterator[Finding]:
    """Yield labels to group by that none of the metrics has; silent where others take part."""
    own = {base(name, known) for name in what.metrics}
    if not own or not own <= known.keys():
        return
    there = frozenset().union(*(known[name] for name in own))
    for label in dict.fromkeys(what.grouped):
        if label not in there and not is_of_targets(label):
            names = " and ".join(sorted(own))
            yield seen("metric-label-unknown", thing, node, told(label, names, there))


def told(label: str, metric: str, there: frozenset[str]) -> str:
    """Say which label is missing, and which there are."""
    labels = ", ".join(sorted(there - {"le"})) or "no labels"
    return f"{label}: {metric} has {labels}"


def base(name: str, known: Known) -> str:
    """Return the metric that a series is of: a histogram has three kinds of them."""
    if name in known:
        return name
    ending = next((one for one in HISTOGRAM if name.endswith(one)), "")
    short = name.removesuffix(ending)
    return short if "le" in known.get(short, ()) else name


def is_of_targets(label: str) -> bool:
    """Tell whether a label may come from scraping."""
    return label in OF_TARGETS or label.startswith(OF_TARGETS_TOO)
