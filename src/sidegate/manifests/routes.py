"""Routes: for which hosts, and to which Services, whatever kind of object says it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sidegate.manifests.node import Node
from sidegate.manifests.objects import Thing

Destination = tuple[str, Node, Node]
"""A Service's name, where it is written, and the port of it."""


def of_istio(spec: Node) -> Iterator[Destination]:
    """Yield the destinations of a VirtualService."""
    for way in (*spec["http"], *spec["tls"], *spec["tcp"]):
        for entry in way["route"]:
            place = entry["destination"]
            yield place["host"].text, place["host"], place.at("port", "number")


def of_ingress(spec: Node) -> Iterator[Destination]:
    """Yield the backends of an Ingress."""
    paths = (path for rule in spec["rules"] for path in rule.at("http", "paths"))
    for backend in (spec["defaultBackend"], *(path["backend"] for path in paths)):
        service = backend["service"]
        if service:
            port = service.at("port", "number") or service.at("port", "name")
            yield service["name"].text, service["name"], port


def of_gateway_api(spec: Node) -> Iterator[Destination]:
    """Yield the backends of a route of the Gateway API."""
    for rule in spec["rules"]:
        for entry in rule["backendRefs"]:
            yield entry["name"].text, entry["name"], entry["port"]


def of_openshift(spec: Node) -> Iterator[Destination]:
    """Yield where a Route leads."""
    for entry in (spec["to"], *spec["alternateBackends"]):
        yield entry["name"].text, entry["name"], spec.at("port", "targetPort")


def of_others(spec: Node) -> Iterator[Destination]:
    """Yield the services of an IngressRoute of Traefik or an HTTPProxy of Contour."""
    for rule in spec["routes"]:
        for entry in rule["services"]:
            yield entry["name"].text, entry["name"], entry["port"]


READ = {
    "VirtualService": of_istio,
    "Ingress": of_ingress,
    "HTTPRoute": of_gateway_api,
    "GRPCRoute": of_gateway_api,
    "Route": of_openshift,
    "IngressRoute": of_others,
    "HTTPProxy": of_others,
}
ROUTES = tuple(READ)
"""Kinds of routes that are known."""


NAMED = re.compile(r"`([^`]{1,253})`")


def hosts_of(route: Thing) -> list[str]:
    """Return the hosts of a route; an empty one where it may be any."""
    spec = route.spec
    match route.kind:
        case "VirtualService":
            return spec["hosts"].texts
        case "HTTPRoute" | "GRPCRoute":
            return spec["hostnames"].texts
        case "Ingress":
            return [rule["host"].text for rule in spec["rules"]]
        case "Route":
            return [spec["host"].text]
        case "HTTPProxy":
            return [spec.at("virtualhost", "fqdn").text]
        case _:
            matches = (rule["match"].text for rule in spec["routes"])
            return [host for text in matches for host in hosts_in(text)]


def hosts_in(match: str) -> list[str]:
    """Return the hosts in a rule of Traefik, such as Host(`a.example`) && Path(`/`)."""
    names = [
        name for part in match.split("Host(")[1:] for name in NAMED.findall(part.partition(")")[0])
    ]
    return names or [""]


def is_of(host: str, pattern: str) -> bool:
    """Tell whether a pattern with `*` in front has a host in it. An empty one has all."""
    if pattern.startswith("*"):
        return host.endswith(pattern[1:])
    return pattern in ("", host)


def is_from_outside(route: Thing) -> bool:
    """Tell whether a route takes what comes from outside, not only what the mesh itself says."""
    if route.kind == "VirtualService":
        return any(name != "mesh" for name in route.spec["gateways"].texts)
    parents = [parent["kind"].text for parent in route.spec["parentRefs"]]
    return not parents or any(kind != "Service" for kind in parents)


def destinations(route: Thing) -> Iterator[Destination]:
    """Yield each Service that a route leads to.

    The name may be followed by its namespace, as `shop.apps.svc.cluster.local`.
    """
    return READ[route.kind](route.spec)


def leads_to(name: str, route: Thing, service: Thing) -> bool:
    """Tell whether a name in a route is that of a Service."""
    first, _, rest = name.partition(".")
    namespace = rest.partition(".")[0] or route.namespace
    return first == service.name and (
        not namespace or not service.namespace or namespace == service.namespace
    )
