"""Policies of Istio: who may reach which port, and whether the way is sealed."""

from __future__ import annotations

from collections.abc import Iterator

from sidegate.check.finding import Finding, seen
from sidegate.check.gates import Gate, gates
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Thing, neighbours, selects

LOOPBACK = ("127.", "::1", "localhost")
NEGATIVE = ("notPrincipals", "notNamespaces", "notIpBlocks", "notRequestPrincipals")


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield policies that do something else than they seem to, and those that are missing."""
    policies = manifests.of_kind("AuthorizationPolicy")
    for policy in policies:
        yield from of_policy(policy, beside_gate=any(gates(manifests)))
    if not is_in_mesh(manifests):
        return
    for gate in gates(manifests):
        yield from sealed(gate, manifests)
        yield from closed(gate, policies)


def is_in_mesh(manifests: Manifests) -> bool:
    """Tell whether Istio is used."""
    if any("istio.io" in thing.group for thing in manifests.things):
        return True
    return any(
        thing.node.at("metadata", "labels", "istio-injection").text == "enabled"
        for thing in manifests.of_kind("Namespace")
    )


def of_policy(policy: Thing, *, beside_gate: bool) -> Iterator[Finding]:
    """Yield what one policy does that nobody wants."""
    spec = policy.spec
    if not spec["selector"] and not spec["targetRefs"] and not spec["targetRef"]:
        yield seen("policy-for-whole-namespace", policy, spec, "no selector")
    is_denial = spec["action"].text == "DENY"
    for rule in spec["rules"]:
        if is_denial and beside_gate and denies_everybody(rule):
            what = "a rule of DENY with only negative sources denies all others, on every port"
            yield seen("policy-denies-everybody", policy, rule, what)
        for block in loopback_blocks(rule):
            what = f"{block.text} is never seen by the mesh"
            yield seen("policy-names-loopback", policy, block, what)


def denies_everybody(rule: Node) -> bool:
    """Tell whether a rule of DENY meets the gateway as well: no operation, and sources by `not`."""
    if rule["to"] or rule["when"]:
        return False
    sources = [entry["source"] for entry in rule["from"]]
    return all(not any(key not in NEGATIVE for key, _ in one.items()) for one in sources)


def loopback_blocks(rule: Node) -> Iterator[Node]:
    """Yield sources that name the loopback."""
    for entry in rule["from"]:
        source = entry["source"]
        for key in ("ipBlocks", "notIpBlocks", "remoteIpBlocks"):
            for block in source[key]:
                if block.text.startswith(LOOPBACK):
                    yield block


def sealed(gate: Gate, manifests: Manifests) -> Iterator[Finding]:
    """Yield that plain connections inside the mesh reach the pods."""
    for policy in manifests.of_kind("PeerAuthentication"):
        mode = policy.spec.at("mtls", "mode").text
        if mode == "STRICT" and meant(policy, gate):
            return
    what = "no PeerAuthentication with STRICT for these pods"
    yield seen("mesh-not-strict", gate.thing, gate.thing.node, what)


def closed(gate: Gate, policies: list[Thing]) -> Iterator[Finding]:
    """Yield that the mesh lets others than the gateway reach the pods."""
    if not any(restricts(policy) and meant(policy, gate) for policy in policies):
        what = "no AuthorizationPolicy says who may reach these pods"
        yield seen("mesh-lets-everybody-in", gate.thing, gate.thing.node, what)


def restricts(policy: Thing) -> bool:
    """Tell whether a policy lets in only those it names: ALLOW with sources in every rule."""
    if policy.spec["action"].text not in ("", "ALLOW"):
        return False
    return all(
        any(entry["source"].value for entry in rule["from"]) for rule in policy.spec["rules"]
    )


def meant(policy: Thing, gate: Gate) -> bool:
    """Tell whether a policy is for the pods of a gate."""
    if not neighbours(policy, gate.thing):
        return policy.namespace == "istio-system" and not policy.spec["selector"]
    selector = policy.spec["selector"]
    if not selector:
        return True
    return selects(selector, gate.thing.labels)
