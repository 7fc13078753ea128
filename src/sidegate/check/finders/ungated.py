"""Applications that people reach from outside, with no gate in their pods and none in front."""

from __future__ import annotations

from collections.abc import Iterator

from sidegate.check.covered import is_asked, is_proxy, runs
from sidegate.check.finding import Finding, seen
from sidegate.check.gates import GATE_PORT, gate_of
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Thing
from sidegate.manifests.routes import ROUTES, destinations, is_from_outside, leads_to

LABEL = "sidegate/gate"
"""On what the kustomize component gives a gate, and on the pods that have it."""

ASK_THEMSELVES = frozenset(
    (
        *("oauth-proxy", "kube-rbac-proxy", "gatekeeper", "louketo-proxy", "pomerium", "authelia"),
        *("keycloak", "keycloakx", "dex", "hydra", "kratos", "zitadel", "goauthentik", "casdoor"),
        *("logto", "fusionauth-app"),
    )
)
"""Images of other gates, and of identity providers, which people reach to sign in."""

NOT_HTTP = (
    "tcp",
    "tls",
    "udp",
    "mongo",
    "mysql",
    "postgres",
    "postgresql",
    "redis",
    "amqp",
    "mqtt",
)
NOT_HTTP_PORTS = (22, 25, 53, 389, 636, 1433, 1883, 3306, 5432, 5672, 6379, 9042, 9092, 27017)


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield every way from outside on which nobody is asked to sign in."""
    for thing in manifests.workloads:
        if has_gate(thing) or is_proxy(thing) or runs(thing, ASK_THEMSELVES):
            continue
        for service in manifests.services_of(thing):
            ports = [port for port in service.spec["ports"] if not leads_to_gate(port)]
            if ports:
                yield from ways(thing, service, ports, manifests)


def has_gate(thing: Thing) -> bool:
    """Tell whether the pods have a gate, or get one."""
    own = thing.node.at("metadata", "labels")
    return gate_of(thing) is not None or LABEL in thing.labels or LABEL in own


def leads_to_gate(port: Node) -> bool:
    """Tell whether a port is for a gate that is still to be put in."""
    target = port["targetPort"] or port["port"]
    return target.number == GATE_PORT or target.text == "gate"


def ways(
    thing: Thing, service: Thing, ports: list[Node], manifests: Manifests
) -> Iterator[Finding]:
    """Yield the ways by a Service: those of its routes, and its own address."""
    found = dict(routes(service, manifests))
    what = f"leads to {thing}, and nothing on the way asks for a sign-in"
    for route, where in found.items():
        if not is_asked(route, service, thing, manifests):
            yield seen("exposed-without-gate", route, where, what)
    kind = service.spec["type"]
    # Some load balancers reach a Service by its node port, so a route says more than that.
    is_open = kind.text == "LoadBalancer" or (kind.text == "NodePort" and not found)
    if (
        is_open
        and any(map(speaks_http, ports))
        and not is_asked(service, service, thing, manifests)
    ):
        yield seen("exposed-without-gate", service, kind, f"type {kind.text} {what}")


def routes(service: Thing, manifests: Manifests) -> Iterator[tuple[Thing, Node]]:
    """Yield each route that leads to a Service, and where it says so."""
    for route in manifests.of_kind(*ROUTES):
        for name, where, _ in destinations(route):
            if is_from_outside(route) and leads_to(name, route, service):
                yield route, where


def speaks_http(port: Node) -> bool:
    """Tell whether a port may be of HTTP, which is all that a gate can stand in front of."""
    said = (port["appProtocol"].text or port["name"].text).lower().partition("-")[0]
    numbers = (port["port"].number, port["targetPort"].number)
    is_other = said in NOT_HTTP or any(number in NOT_HTTP_PORTS for number in numbers)
    return port["protocol"].text in ("", "TCP") and not is_other
