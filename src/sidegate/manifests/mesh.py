"""Whether a proxy of Istio speaks to the pods of a workload, as far as manifests show it."""

from __future__ import annotations

from collections.abc import Iterator

from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Thing, neighbours, selects
from sidegate.manifests.routes import destinations, leads_to

INJECT, REVISION, MODE = "sidecar.istio.io/inject", "istio.io/rev", "istio.io/dataplane-mode"
OF_NAMESPACE = "istio-injection"


def behind_istio(thing: Thing, manifests: Manifests) -> str:
    """Say why a proxy of Istio is in front of the pods; nothing where none is seen."""
    return next(reasons(thing, manifests), "")


def reasons(thing: Thing, manifests: Manifests) -> Iterator[str]:
    """Yield everything that puts a proxy of Istio in front of the pods."""
    own = thing.template["metadata"]
    said = own.at("labels", INJECT).text or own.at("annotations", INJECT).text
    if said == "true":
        yield f"its pods are labelled {INJECT}"
    elif said != "false":
        if is_in_mesh(own["labels"]):
            yield "its pods are labelled for Istio"
        for namespace in manifests.of_kind("Namespace"):
            is_its = not thing.namespace or namespace.name == thing.namespace
            if is_its and is_in_mesh(namespace.node.at("metadata", "labels")):
                yield f"{namespace} is labelled for Istio"
    yield from routes(thing, manifests)
    for policy in manifests.things:
        if policy.group == "security.istio.io" and is_for(policy, thing):
            yield f"{policy} is for its pods"


def is_in_mesh(labels: Node) -> bool:
    """Tell whether labels of a namespace or of a pod ask for Istio: by sidecars, or ambient."""
    return (
        labels[OF_NAMESPACE].text == "enabled"
        or bool(labels[REVISION].text)
        or labels[MODE].text == "ambient"
    )


def routes(thing: Thing, manifests: Manifests) -> Iterator[str]:
    """Yield routes of Istio's gateways that lead to the pods."""
    services = manifests.services_of(thing)
    gateways = {
        gateway.name
        for gateway in manifests.of_kind("Gateway")
        if gateway.spec["gatewayClassName"].text.startswith("istio")
    }
    for route in manifests.of_kind("VirtualService", "HTTPRoute", "GRPCRoute"):
        parents = {parent["name"].text for parent in route.spec["parentRefs"]}
        if route.kind != "VirtualService" and not parents & gateways:
            continue
        names = [name for name, _, _ in destinations(route)]
        if any(leads_to(name, route, service) for name in names for service in services):
            yield f"{route} leads to it"


def is_for(policy: Thing, thing: Thing) -> bool:
    """Tell whether a policy of Istio is for the pods, by its selector or for all of a namespace."""
    if policy.spec["targetRefs"] or policy.spec["targetRef"] or not neighbours(policy, thing):
        return False
    selector = policy.spec["selector"]
    return not selector.value or selects(selector, thing.labels)
