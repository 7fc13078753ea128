"""Pods that run, as an API server knows them."""

import json

from tests.kubernetes.api_server import ApiServer
from tests.kubernetes.charts import Manifest
from tests.kubernetes.policies import Peer

IN_MESH = {"security.istio.io/tlsMode": "istio"}  # a label that the injector sets


def pod_of(peer: Peer, template: Manifest | None = None) -> Manifest:
    """Return the Pod that somebody of a scene is, with a sidecar of the mesh.

    `template`: a Pod that says what labels and containers it has, and who it runs as.
    """
    labels, spec = peer.labels, {"containers": [{"name": "it", "image": "it"}]}
    if template:
        labels, spec = template["metadata"]["labels"], template["spec"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": peer.name,
            "namespace": peer.namespace,
            "labels": {**labels, **IN_MESH},
        },
        "spec": {"serviceAccountName": _account(peer), **spec},
    }


def account_of(peer: Peer) -> Manifest:
    """Return the ServiceAccount that somebody of a scene runs as."""
    meta = {"name": _account(peer), "namespace": peer.namespace}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}


def run_at(cluster: ApiServer, pod: Manifest, address: str, services: list[Manifest]) -> None:
    """Let a Pod be there, run at an address, and stand behind services."""
    meta = pod["metadata"]
    said = cluster.apply([pod, *(_slice(pod, each, address) for each in services)])
    assert said == "", said
    status = {
        "phase": "Running",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    done, said = cluster.kubectl(
        *("patch", "pod", meta["name"], f"--namespace={meta['namespace']}"),
        *("--subresource=status", f"--patch={json.dumps({'status': status})}"),
    )
    assert done == 0, said


def _account(peer: Peer) -> str:
    return peer.principal.rpartition("/")[2] or "default"


def _slice(pod: Manifest, service: Manifest, address: str) -> Manifest:
    meta, name = pod["metadata"], service["metadata"]["name"]
    endpoint = {
        "addresses": [address],
        "conditions": {"ready": True},
        "targetRef": {"kind": "Pod", "name": meta["name"], "namespace": meta["namespace"]},
    }
    labels = {"kubernetes.io/service-name": name}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": f"{name}-1", "namespace": meta["namespace"], "labels": labels},
        "addressType": "IPv4",
        "endpoints": [endpoint],
        "ports": [
            {"name": port["name"], "port": _target(pod, port)} for port in service["spec"]["ports"]
        ],
    }


def _target(pod: Manifest, port: Manifest) -> int:
    named = {
        each["name"]: each["containerPort"]
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
        for each in container.get("ports", [])
    }
    target = port.get("targetPort", port["port"])
    return int(named.get(target, target))
