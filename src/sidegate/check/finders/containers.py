"""What a container may do: user, privileges, file system, limits. Pod Security `restricted`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sidegate.check.finding import Finding, seen
from sidegate.check.gates import MESH, called, is_gate
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Thing, containers

HOST = ("hostNetwork", "hostPID", "hostIPC")
Rule = Callable[[Node, Node], str]


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield what the containers of every workload may do and should not."""
    for thing in manifests.workloads:
        yield from of_pod(thing)
        for container in containers(thing.pod):
            if container["name"].text not in MESH:
                yield from of_container(thing, container)


def of_pod(thing: Thing) -> Iterator[Finding]:
    """Yield what a whole pod may do."""
    pod = thing.pod
    if not pod["automountServiceAccountToken"].is_false():
        yield seen("token-mounted", thing, pod, "automountServiceAccountToken is not false")
    for key in HOST:
        if pod[key].is_true():
            yield seen("host-access", thing, pod[key], f"{key} is true")
    for volume in pod["volumes"]:
        if volume["hostPath"]:
            yield seen("host-access", thing, volume, f"volume {volume['name'].text} is a hostPath")


def of_container(thing: Thing, container: Node) -> Iterator[Finding]:
    """Yield what one container may do."""
    own, whole = container["securityContext"], thing.pod["securityContext"]
    for name, rule in RULES.items():
        what = rule(own, whole)
        if what:
            yield seen(name, thing, own or container, what, called(container))
    missing = unlimited(container["resources"])
    if missing:
        yield seen("no-limits", thing, container, f"no {missing}", called(container))
    if is_gate(container):
        yield from of_gate(thing, container)


def of_gate(thing: Thing, container: Node) -> Iterator[Finding]:
    """Yield what only the gate is asked for."""
    own, whole = container["securityContext"], thing.pod["securityContext"]
    group, user = (either(own, whole, key) for key in ("runAsGroup", "runAsUser"))
    # With neither both are the image's, or the cluster's choice, as on OpenShift.
    if not group.number and (group or user):
        what = "runAsGroup is 0" if group else "runAsGroup is not set: the group is 0"
        yield seen("runs-in-group-0", thing, container, what, called(container))
    if not container["readinessProbe"]:
        yield seen("no-probes", thing, container, "no readinessProbe", called(container))


def either(own: Node, whole: Node, key: str) -> Node:
    """Return what the container says, else what the pod says."""
    return whole[key] if own[key].is_absent else own[key]


def root(own: Node, whole: Node) -> str:
    """Say why the container may run as root."""
    user = either(own, whole, "runAsUser")
    if user.value == 0:
        return "runAsUser is 0"
    if not either(own, whole, "runAsNonRoot").is_true():
        return "runAsNonRoot is not true"
    return ""


def escalation(own: Node, _whole: Node) -> str:
    """Say why the container may gain privileges."""
    if own["privileged"].is_true():
        return "privileged is true"
    is_off = own["allowPrivilegeEscalation"].is_false()
    return "" if is_off else "allowPrivilegeEscalation is not false"


def capabilities(own: Node, _whole: Node) -> str:
    """Say which capabilities the container keeps."""
    if "ALL" not in own.at("capabilities", "drop").texts:
        return "capabilities.drop does not have ALL"
    added = [name for name in own.at("capabilities", "add").texts if name != "NET_BIND_SERVICE"]
    return f"adds {', '.join(added)}" if added else ""


def writable(own: Node, _whole: Node) -> str:
    """Say that the root file system can be written."""
    is_on = own["readOnlyRootFilesystem"].is_true()
    return "" if is_on else "readOnlyRootFilesystem is not true"


def seccomp(own: Node, whole: Node) -> str:
    """Say that system calls are not filtered."""
    profile = either(own, whole, "seccompProfile")["type"].text
    if profile in ("RuntimeDefault", "Localhost"):
        return ""
    return f"seccompProfile is {profile}" if profile else "no seccompProfile"


def unlimited(resources: Node) -> str:
    """Return which limits and requests are missing."""
    asked = {
        "request of cpu": resources.at("requests", "cpu") or resources.at("limits", "cpu"),
        "request of memory": resources.at("requests", "memory") or resources.at("limits", "memory"),
        "limit of memory": resources.at("limits", "memory"),
    }
    return ", no ".join(name for name, node in asked.items() if not node)


RULES: dict[str, Rule] = {
    "runs-as-root": root,
    "privilege-escalation": escalation,
    "capabilities-kept": capabilities,
    "root-filesystem-writable": writable,
    "no-seccomp-profile": seccomp,
}
