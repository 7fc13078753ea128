"""What OpenShift has against a pod, by the standard `restricted-v2` that namespaces start with.

After its SecurityContextConstraints: a number of a user or a group that is written out has to be
one of the namespace, the rest is what Pod Security calls `restricted`. A kind of volume that is not
named there is refused.
"""

from collections.abc import Iterator
from typing import Any

from tests.kubernetes.charts import Manifest

# As a namespace is given them, in openshift.io/sa.scc.uid-range and its like.
CHOSEN = range(1000650000, 1000660000)
VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral"),
    *("persistentVolumeClaim", "projected", "secret"),
}
HOST = ("hostNetwork", "hostPID", "hostIPC")


def refused(pod: Manifest) -> list[str]:
    """Return why the pod is not admitted; nothing when it is."""
    return list(_reasons(pod["spec"]))


def _reasons(spec: dict[str, Any]) -> Iterator[str]:
    yield from (key for key in HOST if spec.get(key))
    for volume in spec.get("volumes", []):
        yield from (f"volume {kind}" for kind in volume.keys() - {"name"} - VOLUMES)
    whole = spec.get("securityContext", {})
    yield from _numbers("pod", whole)
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        own = container.get("securityContext", {})
        yield from _numbers(container["name"], own)
        yield from _rights(container["name"], {**whole, **own})
        ports = container.get("ports", [])
        yield from (f"{container['name']}: hostPort" for one in ports if one.get("hostPort"))


def _numbers(place: str, context: dict[str, Any]) -> Iterator[str]:
    """Yield numbers of others. The group of the process may be any: no field is about it."""
    for key in ("runAsUser", "fsGroup"):
        if key in context and context[key] not in CHOSEN:
            yield f"{place}: {key} {context[key]}"


def _rights(place: str, context: dict[str, Any]) -> Iterator[str]:
    if context.get("privileged"):
        yield f"{place}: privileged"
    if context.get("allowPrivilegeEscalation"):
        yield f"{place}: allowPrivilegeEscalation"
    added = set(context.get("capabilities", {}).get("add", []))
    yield from (f"{place}: capability {one}" for one in added - {"NET_BIND_SERVICE"})
    if context.get("seccompProfile", {"type": "RuntimeDefault"})["type"] != "RuntimeDefault":
        yield f"{place}: seccompProfile"
    if context.get("runAsNonRoot") is False:
        yield f"{place}: may be root"
