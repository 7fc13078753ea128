"""Services and routes: whether one leads past the gate, and what happens on the way."""

from __future__ import annotations

from collections.abc import Iterator

from sidegate.check.finding import Finding, seen
from sidegate.check.gates import Gate, gates
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Thing
from sidegate.manifests.routes import ROUTES, destinations, leads_to

PROTOCOLS = ("http", "https", "http2", "grpc", "tcp", "tls", "mongo", "mysql", "redis", "udp")


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield ways past the gate, and ways that break a sign-in."""
    in_mesh = bool(manifests.of_kind("VirtualService", "PeerAuthentication", "Gateway"))
    for gate in gates(manifests):
        for service in manifests.services_of(gate.thing):
            for port in service.spec["ports"]:
                yield from of_port(gate, service, port, in_mesh=in_mesh)
                yield from of_routes(gate, service, port, manifests)
        yield from host_ports(gate)
    for route in manifests.of_kind("VirtualService"):
        yield from retries(route)


def target(port: Node) -> Node:
    """Return where a port of a Service leads: a number or a name."""
    return port["targetPort"] or port["port"]


def leads_to_gate(gate: Gate, port: Node) -> bool:
    """Tell whether a port of a Service leads to the gate."""
    where = target(port)
    return where.number in gate.ports or where.text in gate.port_names


def of_port(gate: Gate, service: Thing, port: Node, *, in_mesh: bool) -> Iterator[Finding]:
    """Yield what is wrong with one port of a Service."""
    number, where = port["port"].text, target(port)
    if not leads_to_gate(gate, port):
        what = f"port {number} leads to {where.text}, which is not the gate's"
        yield seen("service-leads-past-gate", service, where, what)
    elif in_mesh and not port["appProtocol"]:
        name = port["name"].text.partition("-")[0]
        if name not in PROTOCOLS:
            what = f'port {number} is named "{port["name"].text}" and has no appProtocol'
            yield seen("service-protocol-unsaid", service, port, what)


def host_ports(gate: Gate) -> Iterator[Finding]:
    """Yield ports of the application that the node itself offers."""
    for container in gate.applications:
        for port in container["ports"]:
            if port["hostPort"]:
                what = f"hostPort {port['hostPort'].text} leads to the application"
                yield seen("service-leads-past-gate", gate.thing, port["hostPort"], what)


def of_routes(gate: Gate, service: Thing, port: Node, manifests: Manifests) -> Iterator[Finding]:
    """Yield routes of a mesh or an Ingress to a port that does not lead to the gate."""
    if leads_to_gate(gate, port):
        return
    for route in manifests.of_kind(*ROUTES):
        for name, _, where in destinations(route):
            is_port = where.text in (port["port"].text, port["name"].text) and bool(where)
            if is_port and leads_to(name, route, service):
                what = f"leads to port {where.text} of Service {service.name}"
                yield seen("route-leads-past-gate", route, where, what)


def retries(route: Thing) -> Iterator[Finding]:
    """Yield routes that send a callback twice: a code is good for one use."""
    for http in route.spec["http"]:
        attempts = http.at("retries", "attempts")
        if attempts.number and http["route"] and takes_callback(http["match"]):
            what = f"retries.attempts is {attempts.text}, also for /oauth2/callback"
            yield seen("callback-retried", route, attempts, what)


def takes_callback(matches: Node) -> bool:
    """Tell whether a route takes the callback: no condition on the path, or a fitting one."""
    entries = list(matches)
    return not entries or any(fits(entry["uri"]) for entry in entries)


def fits(uri: Node) -> bool:
    """Tell whether a condition on the path may be true for the callback."""
    prefix, exact = uri["prefix"].text, uri["exact"].text
    if prefix:
        return "/oauth2/callback".startswith(prefix)
    return not exact or exact == "/oauth2/callback"
