"""Kubernetes objects among manifests: what they are, whose pods they make, what selects them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sidegate.manifests.node import ABSENT, Node
from sidegate.manifests.read import Unreadable, read

TEMPLATES = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "Rollout": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "PodTemplate": ("template",),
    "Pod": (),
}
"""Where each kind that makes pods has the metadata and spec of one."""

LISTS = ("List", "ResourceList")


@dataclass(frozen=True, slots=True)
class Source:
    """A text with manifests, and how to call it: a file's name, or "standard input"."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """One object of Kubernetes."""

    source: str
    node: Node

    @property
    def kind(self) -> str:
        """Return its kind."""
        return self.node["kind"].text

    @property
    def group(self) -> str:
        """Return its API group; empty for the core group."""
        return self.node["apiVersion"].text.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Return its name."""
        return self.node.at("metadata", "name").text

    @property
    def namespace(self) -> str:
        """Return its namespace; empty where none is written."""
        return self.node.at("metadata", "namespace").text

    @property
    def spec(self) -> Node:
        """Return what is asked for."""
        return self.node["spec"]

    @property
    def template(self) -> Node:
        """Return what has the metadata and spec of its pods; absent where it makes none."""
        path = TEMPLATES.get(self.kind)
        return ABSENT if path is None else self.node.at(*path)

    @property
    def pod(self) -> Node:
        """Return the spec of its pods."""
        return self.template["spec"]

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels of its pods."""
        return {key: node.text for key, node in self.template.at("metadata", "labels").items()}

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else self.kind


@dataclass(frozen=True, eq=False)
class Manifests:
    """All objects that were given."""

    things: Sequence[Thing]

    def of_kind(self, *kinds: str) -> list[Thing]:
        """Return the objects of some kinds."""
        return [thing for thing in self.things if thing.kind in kinds]

    @cached_property
    def workloads(self) -> list[Thing]:
        """Return the objects that make pods."""
        return [thing for thing in self.things if thing.pod["containers"]]

    def services_of(self, workload: Thing) -> list[Thing]:
        """Return the Services that lead to the pods of a workload."""
        return [
            one
            for one in self.of_kind("Service")
            if neighbours(one, workload) and selects(one.spec["selector"], workload.labels)
        ]

    def named(self, kind: str, name: str, near: Thing) -> Thing | None:
        """Return the object of a name in the namespace of another, or None."""
        found = (one for one in self.of_kind(kind) if one.name == name and neighbours(one, near))
        return next(found, None)


def neighbours(one: Thing, other: Thing) -> bool:
    """Tell whether two objects may be in one namespace: what is not written may be anything."""
    return not one.namespace or not other.namespace or one.namespace == other.namespace


def collect(sources: Sequence[Source]) -> Manifests:
    """Read all sources. Raises Unreadable, whose `what` begins with the name of the source."""
    things: list[Thing] = []
    for source in sources:
        try:
            roots = read(source.text)
        except Unreadable as error:
            raise Unreadable(f"{source.name}: {error.what}", error.line, error.remedy) from None
        for root in roots:
            things += unfold(source.name, root)
    return Manifests(things)


def unfold(source: str, root: Node) -> Iterator[Thing]:
    """Yield an object, or those of a list. What has no kind is no object, and left out."""
    kind = root["kind"].text
    if kind in LISTS or (kind.endswith("List") and "items" in root):
        for entry in root["items"]:
            yield from unfold(source, entry)
    elif kind and root["apiVersion"]:
        yield Thing(source, root)


def selects(selector: Node, labels: dict[str, str]) -> bool:
    """Tell whether `matchLabels` and `matchExpressions`, or a plain map, select such labels.

    A selector that is empty selects everything; one that is absent selects nothing.
    """
    if selector.is_absent or selector.value is None:
        return False
    structured = "matchLabels" in selector or "matchExpressions" in selector
    plain = selector["matchLabels"] if structured else selector
    return all(labels.get(key) == node.text for key, node in plain.items()) and all(
        holds(expression, labels) for expression in selector["matchExpressions"]
    )


def holds(expression: Node, labels: dict[str, str]) -> bool:
    """Tell whether one entry of `matchExpressions` is true."""
    value = labels.get(expression["key"].text)
    match expression["operator"].text:
        case "In":
            return value in expression["values"].texts
        case "NotIn":
            return value not in expression["values"].texts
        case "Exists":
            return value is not None
        case _:
            return value is None


def containers(pod: Node) -> Iterator[Node]:
    """Yield the containers of a pod, those that run before the others too."""
    yield from pod["initContainers"]
    yield from pod["containers"]
