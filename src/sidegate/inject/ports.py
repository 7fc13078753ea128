"""Which port is the application's, and every way to it that is not the gate's."""

from __future__ import annotations

from collections.abc import Iterator

from sidegate.inject.refusal import Refused, refused
from sidegate.inject.wanted import (
    GATE_NAME,
    GATE_PORT,
    METRICS_NAME,
    METRICS_PORT,
    UPSTREAM_PORT,
    Wanted,
)
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Thing, containers, neighbours, selects


def application_port(thing: Thing, services: list[Thing], wanted: Wanted) -> int:
    """Return the port that the gate has to stand in front of. Raises Refused."""
    said = annotation(thing, UPSTREAM_PORT)
    if wanted.upstream_port or said:
        return wanted.upstream_port or port_number(thing, said)
    targets = {
        number
        for service in services
        for port in service.spec["ports"]
        if not leads_to_gate(port)
        and (number := resolve(thing, port["targetPort"] or port["port"])) is not None
    } - set(wanted.leave_ports)
    ports = (port for one in thing.pod["containers"] for port in one["ports"])
    own = {port["containerPort"].number for port in ports} - {None}
    for found in (targets, own):
        if len(found) == 1:
            (number,) = found
            return number or 0
    remedy = f"Give --upstream-port, or the annotation {UPSTREAM_PORT}."
    what = f"the application has {'several ports' if targets or own else 'no port that is named'}"
    raise refused(thing, thing.pod, what, remedy)


def port_number(thing: Thing, node: Node) -> int:
    """Return the number in an annotation. Raises Refused."""
    if not node.number:
        raise refused(thing, node, "not a port", "Write a number in quotes.")
    return node.number


def annotation(thing: Thing, name: str) -> Node:
    """Return an annotation of a workload, or of its pods."""
    own = thing.node.at("metadata", "annotations", name)
    return own or thing.template.at("metadata", "annotations", name)


def resolve(thing: Thing, port: Node) -> int | None:
    """Return the number of a port that may be given by its name in the pod."""
    if port.number is not None:
        return port.number
    for container in containers(thing.pod):
        for entry in container["ports"]:
            if port and entry["name"].text == port.text:
                return entry["containerPort"].number
    return None


def leads_to_gate(port: Node) -> bool:
    """Tell whether a port of a Service leads to the gate already: somebody's chart made it."""
    target = port["targetPort"] or port["port"]
    return target.number in (GATE_PORT, METRICS_PORT) or target.text in (GATE_NAME, METRICS_NAME)


def refuse_ways_around(thing: Thing) -> None:
    """Refuse pods whose application stays reachable whatever Services say. Raises Refused."""
    if thing.pod["hostNetwork"].is_true():
        remedy = "Remove hostNetwork: with it 127.0.0.1 is the node's, and so is every port."
        raise refused(thing, thing.pod["hostNetwork"], "hostNetwork", remedy)
    for container in containers(thing.pod):
        for port in container["ports"]:
            if port["hostPort"]:
                raise refused(thing, port, "a hostPort leads past the gate", "Remove hostPort.")
            if port["containerPort"].number in (GATE_PORT, METRICS_PORT):
                what = f"port {port['containerPort'].text} is the gate's"
                raise refused(thing, port, what, "Let the application listen on another.")
            if port["name"].text in (GATE_NAME, METRICS_NAME):
                what = f"the port name {port['name'].text} is the gate's"
                raise refused(thing, port, what, "Give it another name.")


def ports_to_rewire(
    thing: Thing, service: Thing, number: int, wanted: Wanted
) -> Iterator[tuple[Node, Node]]:
    """Yield each port of a Service to the application, with what says where it leads.

    Raises Refused for a port that leads to another port of the pod.
    """
    for port in service.spec["ports"]:
        if leads_to_gate(port):
            continue
        target = port["targetPort"]
        resolved = resolve(thing, target or port["port"])
        if resolved == number:
            yield port, target
        elif resolved not in wanted.leave_ports and port["port"].number not in wanted.leave_ports:
            what = (
                f"port {port['port'].text} leads past the gate, to {(target or port['port']).text}"
            )
            remedy = f"Take it off the Service, or give --leave-port={port['port'].text}."
            raise refused(service, port, what, remedy)


def policy_ports(thing: Thing, number: int, manifests: Manifests) -> Iterator[tuple[Thing, Node]]:
    """Yield each entry of a policy that lets others reach the application's port."""
    for policy in manifests.of_kind("NetworkPolicy", "AuthorizationPolicy"):
        if neighbours(policy, thing):
            is_mesh = policy.kind == "AuthorizationPolicy"
            entries = mesh_ports(policy, thing) if is_mesh else network_ports(policy, thing)
            yield from ((policy, port) for port in entries if resolve(thing, port) == number)


def network_ports(policy: Thing, thing: Thing) -> Iterator[Node]:
    """Yield the ports that a NetworkPolicy opens. Raises Refused for a range."""
    if not selects(policy.spec["podSelector"], thing.labels):
        return
    for rule in policy.spec["ingress"]:
        for entry in rule["ports"]:
            if entry["endPort"]:
                remedy = "Name single ports, so that the application's can be left out."
                raise refused(policy, entry, "a range of ports", remedy)
            if entry["port"]:
                yield entry["port"]


def mesh_ports(policy: Thing, thing: Thing) -> Iterator[Node]:
    """Yield the ports that an AuthorizationPolicy opens."""
    opens = policy.spec["action"].text in ("", "ALLOW")
    if opens and policy.spec["selector"] and selects(policy.spec["selector"], thing.labels):
        for rule in policy.spec["rules"]:
            for way in rule["to"]:
                yield from way.at("operation", "ports")


def named(manifests: Manifests, name: str) -> list[Thing]:
    """Return the workloads that NAME or KIND/NAME means. Raises Refused."""
    kind, _, rest = name.rpartition("/")
    found = [
        thing
        for thing in manifests.workloads
        if thing.name == rest and kind.lower() in ("", thing.kind.lower())
    ]
    if not found:
        there = ", ".join(f"{thing.kind}/{thing.name}" for thing in manifests.workloads) or "none"
        raise Refused(f"--workload={name}", "no such workload", f"There are: {there}.")
    return found
