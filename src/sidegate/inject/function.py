"""The configuration that kustomize hands to a function: `functionConfig` of a ResourceList."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sidegate.inject.refusal import Refused
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Source
from sidegate.manifests.read import read

KEYS = {
    "image": "image",
    "secret": "secret",
    "configMap": "config_map",
    "arguments": "arguments",
    "upstreamPort": "upstream_port",
    "workloads": "workloads",
    "classic": "is_classic",
    "keepProbes": "keep_probes",
    "leavePorts": "leave_ports",
    "openshift": "is_openshift",
    "istio": "is_behind_istio",
}
"""Keys of `spec`, and the fields of `Wanted` that they fill."""


def settings_in(sources: Sequence[Source]) -> dict[str, Any]:
    """Return the fields that functionConfig sets. Raises Refused and Unreadable."""
    found: dict[str, Any] = {}
    for source in sources:
        if "ResourceList" not in source.text:
            continue
        for root in read(source.text):
            if root["kind"].text == "ResourceList":
                for key, node in root.at("functionConfig", "spec").items():
                    found[field_of(source, key, node)] = value_of(node)
    return found


def field_of(source: Source, key: str, node: Node) -> str:
    """Return the field of a key. Raises Refused."""
    if key not in KEYS:
        where = f"{source.name}:{node.start.line + 1} (functionConfig)"
        raise Refused(where, f"no setting {key}", f"There are {', '.join(KEYS)}.")
    return KEYS[key]


def value_of(node: Node) -> object:
    """Return a value as `Wanted` has it."""
    plain = node.plain
    return tuple(plain) if isinstance(plain, list) else plain
