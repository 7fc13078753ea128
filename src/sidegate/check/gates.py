"""Which container of a pod is the gate, and which are the applications behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Thing, containers

NAMES = ("sidegate", "oauth2-proxy", "oauth2_proxy")
GATE_PORT = 4180
MESH = ("istio-proxy", "istio-init", "istio-validation", "linkerd-proxy")


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """A gate in the pods of a workload."""

    thing: Thing
    container: Node

    @property
    def is_sidegate(self) -> bool:
        """Tell whether it is ours, and not oauth2-proxy."""
        image = self.container["image"].text
        return "oauth2-proxy" not in image and "oauth2_proxy" not in image

    @property
    def ports(self) -> set[int]:
        """Return the ports that the gate says it listens on, and the usual one."""
        said = {port["containerPort"].number for port in self.container["ports"]}
        return {port for port in said if port is not None} | {GATE_PORT}

    @property
    def port_names(self) -> set[str]:
        """Return the names of its ports."""
        return {port["name"].text for port in self.container["ports"] if port["name"]}

    @property
    def applications(self) -> list[Node]:
        """Return the other containers that run as long as the pod, without those of a mesh."""
        return [
            one
            for one in self.thing.pod["containers"]
            if one is not self.container and one["name"].text not in MESH
        ]


def gates(manifests: Manifests) -> Iterator[Gate]:
    """Yield every gate there is."""
    for thing in manifests.workloads:
        found = gate_of(thing)
        if found is not None:
            yield found


def gate_of(thing: Thing) -> Gate | None:
    """Return the gate in the pods of a workload, or None."""
    for container in containers(thing.pod):
        if is_gate(container):
            return Gate(thing, container)
    return None


def is_gate(container: Node) -> bool:
    """Tell by name and image, and by the command: `sidegate config check` serves nobody.

    What runs another program out of the gate's image is none either.
    """
    name = container["name"].text
    command = [word.rpartition("/")[2] for word in container["command"].texts]
    if command and name not in NAMES and not set(command).intersection(NAMES):
        return False
    first = next(iter(container["args"].texts), "serve")
    if first != "serve" and not first.startswith("-"):
        return False
    image = container["image"].text.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return image in NAMES or name in NAMES


def called(container: Node) -> str:
    """Return how a finding calls a container."""
    return f"container {container['name'].text or '?'}"
