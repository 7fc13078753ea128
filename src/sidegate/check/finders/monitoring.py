"""Alerts that never fire, because what they name does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sidegate.check.finding import Finding, seen
from sidegate.check.gates import gates
from sidegate.manifests.objects import Manifests

OF_OAUTH2_PROXY = (
    "oauth2_proxy_requests_total",
    "oauth2_proxy_requests_in_flight",
    "oauth2_proxy_response_duration_seconds",
)
NAME = re.compile(r"oauth2_proxy_[a-z0-9_]+")


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield alerts on metrics that oauth2-proxy does not have, where it is the gate."""
    if all(gate.is_sidegate for gate in gates(manifests)):
        return
    for thing in manifests.of_kind("PrometheusRule"):
        for group in thing.spec["groups"]:
            for rule in group["rules"]:
                for name in NAME.findall(rule["expr"].text):
                    if not name.startswith(OF_OAUTH2_PROXY):
                        yield seen("metric-unknown", thing, rule["expr"], name)
