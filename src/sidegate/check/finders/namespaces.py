"""Namespaces: the Pod Security standard, and what else lives there."""

from __future__ import annotations

from collections.abc import Iterator

from sidegate.check.finding import Finding, seen
from sidegate.check.gates import gates
from sidegate.manifests.objects import Manifests

ENFORCE = "pod-security.kubernetes.io/enforce"


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield namespaces that let in too much, or refuse what has to run there."""
    for thing in manifests.of_kind("Namespace"):
        labels = thing.node.at("metadata", "labels")
        level = labels[ENFORCE].text
        if level != "restricted":
            what = f"{ENFORCE} is {level}" if level else f"no label {ENFORCE}"
            yield seen("namespace-not-restricted", thing, labels or thing.node["metadata"], what)
        if level and thing.name == "default":
            yield seen("standard-on-default", thing, labels[ENFORCE], f"{ENFORCE}: {level}")
        if level == "restricted" and labels["istio-injection"].text == "enabled":
            what = "istio-injection is enabled; istio-init runs as root with NET_ADMIN"
            yield seen("mesh-init-refused", thing, labels["istio-injection"], what)
    for gate in gates(manifests):
        if gate.thing.namespace == "default":
            where = gate.thing.node.at("metadata", "namespace")
            yield seen("in-namespace-default", gate.thing, where, "namespace: default")
