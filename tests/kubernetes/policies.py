"""What NetworkPolicies, AuthorizationPolicies and PeerAuthentications of manifests let through.

After the documentation of Kubernetes (additive, by direction, both ends have to agree) and of Istio
(DENY before ALLOW; an ALLOW closes whatever none of them names). A field that is not understood
here is an error, so that no policy passes for weaker or stronger than it is.
"""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import Any

from tests.kubernetes.charts import Manifest, of_kind

NAME_LABEL = "kubernetes.io/metadata.name"
OPERATION = {"ports", "hosts", "paths", "methods"}
SOURCE = {"principals", "namespaces"}


@dataclass(frozen=True)
class Peer:
    """Somebody with an address: a pod in a namespace, or a host outside of the cluster.

    `principal`: the identity that its certificate of the mesh shows, empty outside of the mesh.
    """

    name: str
    address: str = "10.244.0.1"
    namespace: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    namespace_labels: dict[str, str] = field(default_factory=dict)
    principal: str = ""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Call:
    """One tries to reach a port of another."""

    source: Peer
    target: Peer
    port: int
    protocol: str = "TCP"
    host: str = ""
    path: str = "/"

    def __str__(self) -> str:
        return f"{self.source} to {self.target}:{self.port}/{self.protocol}"


def network_lets(manifests: list[Manifest], call: Call) -> bool:
    """Say whether the NetworkPolicies let a call through, at both ends."""
    policies = of_kind("NetworkPolicy", manifests)
    return all(
        _direction_lets(policies, call, near, far, direction)
        for near, far, direction in (
            (call.target, call.source, "Ingress"),
            (call.source, call.target, "Egress"),
        )
    )


def mesh_lets(manifests: list[Manifest], call: Call) -> bool:
    """Say whether the policies of Istio at the target let a call through."""
    if not call.source.principal and _is_strict(manifests, call.target):
        return False
    policies = [
        one["spec"]
        for one in of_kind("AuthorizationPolicy", manifests)
        if _is_about(one, call.target)
    ]
    denying, allowing, asking = (
        [one for one in policies if one.get("action", "ALLOW") == action]
        for action in ("DENY", "ALLOW", "CUSTOM")
    )
    assert len(denying) + len(allowing) + len(asking) == len(policies)
    if any(_rules_match(one, call) for one in denying):
        return False
    return not allowing or any(_rules_match(one, call) for one in allowing)


def is_asked_about(manifests: list[Manifest], call: Call) -> bool:
    """Say whether the target asks an external authorizer about a call."""
    return any(
        _rules_match(one["spec"], call)
        for one in of_kind("AuthorizationPolicy", manifests)
        if one["spec"].get("action") == "CUSTOM" and _is_about(one, call.target)
    )


def lets(manifests: list[Manifest], call: Call) -> bool:
    """Say whether network and mesh let a call through."""
    return network_lets(manifests, call) and mesh_lets(manifests, call)


def _direction_lets(
    policies: list[Manifest], call: Call, near: Peer, far: Peer, direction: str
) -> bool:
    if not near.namespace:
        return True  # outside of the cluster no policy holds
    about = [
        (one["metadata"].get("namespace", "default"), one["spec"])
        for one in policies
        if one["metadata"].get("namespace", "default") == near.namespace
        and _selects(one["spec"]["podSelector"], near.labels)
        and direction in one["spec"]["policyTypes"]
    ]
    end = "from" if direction == "Ingress" else "to"
    return not about or any(
        _rule_lets(rule, end, namespace, far, call)
        for namespace, spec in about
        for rule in spec.get(direction.lower()) or []
    )


def _rule_lets(rule: dict[str, Any], end: str, namespace: str, far: Peer, call: Call) -> bool:
    assert set(rule) <= {end, "ports"}
    ports, peers = rule.get("ports"), rule.get(end)
    return (not ports or any(_port_fits(one, call) for one in ports)) and (
        not peers or any(_peer_fits(one, namespace, far) for one in peers)
    )


def _port_fits(port: dict[str, Any], call: Call) -> bool:
    assert set(port) <= {"port", "protocol", "endPort"}
    if port.get("protocol", "TCP") != call.protocol:
        return False
    first = port.get("port")
    return first is None or first <= call.port <= port.get("endPort", first)


def _peer_fits(peer: dict[str, Any], namespace: str, far: Peer) -> bool:
    assert peer, "a peer that says nothing"
    assert set(peer) <= {"podSelector", "namespaceSelector", "ipBlock"}
    if "ipBlock" in peer:
        return _in_block(peer["ipBlock"], far.address)
    if not far.namespace:
        return False
    if "namespaceSelector" in peer:
        around = {NAME_LABEL: far.namespace, **far.namespace_labels}
        if not _selects(peer["namespaceSelector"], around):
            return False
    elif far.namespace != namespace:
        return False
    return _selects(peer.get("podSelector", {}), far.labels)


def _in_block(block: dict[str, Any], address: str) -> bool:
    inside = [ip_address(address) in ip_network(one) for one in block.get("except", [])]
    return ip_address(address) in ip_network(block["cidr"]) and not any(inside)


def _selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    assert set(selector) <= {"matchLabels"}
    return selector.get("matchLabels", {}).items() <= labels.items()


def _is_about(policy: Manifest, target: Peer) -> bool:
    return policy["metadata"].get("namespace", "default") == target.namespace and _selects(
        policy["spec"].get("selector", {}), target.labels
    )


def _is_strict(manifests: list[Manifest], target: Peer) -> bool:
    return any(
        one["spec"]["mtls"]["mode"] == "STRICT"
        for one in of_kind("PeerAuthentication", manifests)
        if _is_about(one, target)
    )


def _rules_match(spec: dict[str, Any], call: Call) -> bool:
    return any(_rule_matches(rule, call) for rule in spec.get("rules") or [])


def _rule_matches(rule: dict[str, Any], call: Call) -> bool:
    assert set(rule) <= {"from", "to"}
    sources = [one["source"] for one in rule.get("from", [])]
    operations = [one["operation"] for one in rule.get("to", [])]
    who = {"principals": call.source.principal, "namespaces": call.source.namespace}
    what = {"ports": str(call.port), "hosts": call.host, "paths": call.path}
    return (not sources or any(_all_fit(one, who, SOURCE) for one in sources)) and (
        not operations or any(_all_fit(one, what, OPERATION) for one in operations)
    )


def _all_fit(wanted: dict[str, list[str]], has: dict[str, str], known: set[str]) -> bool:
    for key, patterns in wanted.items():
        name = key.removeprefix("not")
        is_negated = name != key
        name = name[0].lower() + name[1:]
        assert name in known
        assert name in has, f"{name} is not looked at here"
        if any(fnmatchcase(has[name], one) for one in patterns) == is_negated:
            return False
    return True
