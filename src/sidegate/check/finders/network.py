"""Network policies: who reaches the pods, and whether a sign-in can work behind them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from sidegate.check.finders.mesh import is_in_mesh
from sidegate.check.finding import Finding, seen
from sidegate.check.gates import Gate, gates
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Thing, neighbours, selects

CONTROL_PLANE = 15012
DNS = (53, 5353)


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield policies that close what is needed, leave open what is not, or are missing."""
    policies = manifests.of_kind("NetworkPolicy")
    labelled = labels_of_namespaces(manifests)
    for policy in policies:
        yield from unset_labels(policy, labelled)
    for gate in gates(manifests):
        about = [one for one in policies if is_about(one, gate)]
        if not about:
            what = "no NetworkPolicy selects these pods"
            yield seen("no-network-policy", gate.thing, gate.thing.node, what)
        for policy in about:
            yield from ways_past(policy, gate)
        yield from closed_ways(about, in_mesh=is_in_mesh(manifests))


def is_about(policy: Thing, gate: Gate) -> bool:
    """Tell whether a policy is for the pods of a gate."""
    selector = policy.spec["podSelector"]
    is_meant = not selector.value or selects(selector, gate.thing.labels)
    return neighbours(policy, gate.thing) and is_meant and not selector.is_absent


def labels_of_namespaces(manifests: Manifests) -> set[tuple[str, str]]:
    """Return the labels of those namespaces that are among the manifests."""
    return {
        (key, node.text)
        for thing in manifests.of_kind("Namespace")
        for key, node in thing.node.at("metadata", "labels").items()
    }


def unset_labels(policy: Thing, labelled: set[tuple[str, str]]) -> Iterator[Finding]:
    """Yield namespaces that are selected by the label `name`, which no cluster sets."""
    for direction, key in (("ingress", "from"), ("egress", "to")):
        for rule in policy.spec[direction]:
            for peer in rule[key]:
                name = peer.at("namespaceSelector", "matchLabels", "name")
                if name and ("name", name.text) not in labelled:
                    what = f"namespaceSelector name: {name.text}"
                    yield seen("namespace-label-unset", policy, name, what)


def ways_past(policy: Thing, gate: Gate) -> Iterator[Finding]:
    """Yield ports that a policy opens and that are not the gate's."""
    own = {port["containerPort"].number for one in gate.applications for port in one["ports"]}
    names = {port["name"].text for one in gate.applications for port in one["ports"]} - {""}
    for rule in policy.spec["ingress"]:
        ports = list(rule["ports"])
        if not ports:
            yield seen("policy-opens-all-ports", policy, rule, "an ingress rule without ports")
        for port in ports:
            number = port["port"].number
            if (number in own and number not in gate.ports) or port["port"].text in names:
                what = f"port {port['port'].text} is the application's"
                yield seen("policy-opens-application", policy, port["port"], what)


def closed_ways(policies: list[Thing], *, in_mesh: bool) -> Iterator[Finding]:
    """Yield what a sign-in needs and no policy for outgoing connections lets through."""
    outgoing = [one for one in policies if "Egress" in one.spec["policyTypes"].texts]
    if not outgoing:
        return
    rules = [rule for policy in outgoing for rule in policy.spec["egress"]]
    first = outgoing[0]
    where = first.spec["egress"] or first.spec
    for protocol in ("UDP", "TCP"):
        if not any(opens(rule, DNS, protocol) for rule in rules):
            yield seen("names-not-resolved", first, where, f"no egress on port 53 by {protocol}")
    if not any(reaches_provider(rule) for rule in rules):
        what = "no egress on port 443 to anything but pods of this namespace"
        yield seen("provider-closed", first, where, what)
    if in_mesh and not any(opens(rule, (CONTROL_PLANE,), "TCP") for rule in rules):
        yield seen("control-plane-closed", first, where, f"no egress on port {CONTROL_PLANE}")


def opens(rule: Node, wanted: tuple[int, ...], protocol: str) -> bool:
    """Tell whether a rule opens one of some ports."""
    ports = list(rule["ports"])
    return not ports or any(
        covers(port, number) and (port["protocol"].text or "TCP") == protocol
        for port in ports
        for number in wanted
    )


def covers(port: Node, number: int) -> bool:
    """Tell whether an entry of `ports` has a number in it."""
    first = port["port"].number
    last = port["endPort"].number or first
    if not port["port"]:
        return True
    return first is not None and last is not None and first <= number <= last


def reaches_provider(rule: Node) -> bool:
    """Tell whether a rule lets the gate reach an identity provider: outside, or elsewhere named."""
    peers = list(rule["to"])
    ports = list(rule["ports"])
    is_dns = bool(ports) and all(port["port"].number in (*DNS, CONTROL_PLANE) for port in ports)
    return not is_dns and (not peers or any(is_elsewhere(peer) for peer in peers))


def is_elsewhere(peer: Node) -> bool:
    """Tell whether a peer may be more than the pods of the same namespace."""
    cidr = peer.at("ipBlock", "cidr").text
    if cidr:
        try:
            return not ip_network(cidr, strict=False).is_loopback
        except ValueError:
            return False
    return bool(peer["namespaceSelector"]) or bool(peer.at("podSelector").value)
