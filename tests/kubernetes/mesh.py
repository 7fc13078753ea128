"""A mesh that runs: istiod, a pod with the gate and its application, a gateway in front.

What the chart of the example renders is in the API server. The Pods, with their addresses, and the
EndpointSlices are written there as scheduler, kubelet and controllers would.
"""

import json
import secrets
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.integration.envoys import Certificates, Envoy, example
from tests.integration.pods import Network
from tests.integration.processes import LOOPBACK, Process, free_port
from tests.integration.providers import OidcProvider
from tests.kubernetes.api_server import ApiServer
from tests.kubernetes.charts import (
    ISTIO,
    LEAST,
    Manifest,
    config_text,
    merged,
    of_kind,
    pods,
    render,
)
from tests.kubernetes.istio import Agent, ControlPlane, redirect, within
from tests.kubernetes.policies import Peer
from tests.kubernetes.scene import GATEWAY, POD
from tests.parts import ROOT

HOST = "app.example.com"
IN_MESH = {"security.istio.io/tlsMode": "istio"}  # a label that the injector sets
GATE_USER, APPLICATION_USER = 2000, 1000
INGRESS: Manifest = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "istio-ingress", "namespace": GATEWAY.namespace},
    "spec": {
        "selector": GATEWAY.labels,
        "ports": [{"name": "https", "port": 443}, {"name": "http", "port": 80}],
    },
}
RIGHTS = "rbac.authorization.k8s.io"
# As in the chart of Istio's gateway: it may read the secrets of certificates.
READS_SECRETS: list[Manifest] = [
    {
        "apiVersion": f"{RIGHTS}/v1",
        "kind": "Role",
        "metadata": {"name": "istio-ingress", "namespace": GATEWAY.namespace},
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "watch", "list"]}],
    },
    {
        "apiVersion": f"{RIGHTS}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "istio-ingress", "namespace": GATEWAY.namespace},
        "roleRef": {"apiGroup": RIGHTS, "kind": "Role", "name": "istio-ingress"},
        "subjects": [{"kind": "ServiceAccount", "name": "istio-ingress"}],
    },
]


class Mesh:
    """All of it. `objects`: what is in the API server."""

    def __init__(
        self,
        cluster: ApiServer,
        control: ControlPlane,
        chart: Path,
        folder: Path,
        ending: ExitStack,
    ) -> None:
        """`chart`: of the example. `ending`: gets what has to be ended."""
        self.cluster, self.control, self.folder, self.ending = cluster, control, folder, ending
        self.pod, self.gateway = self._network(), self._network()
        _join(self.gateway, self.pod)
        self.certificates = Certificates(folder, self.pod.host, HOST)
        self.provider = self._provider()
        self.client = self.provider.register(f"https://{HOST}")
        self.objects = self._render(chart)
        self._put_up()
        redirect(self.pod)
        self.sidecar = self._agent(self._pod, "sidecar", self.pod)
        self.ingress = self._agent(pod_of(GATEWAY), "router", self.gateway)
        self._run_application()
        self.gate = self._run_gate()
        self.sidecar.wait()
        self.ingress.wait()

    def _network(self) -> Network:
        network = Network()
        self.ending.callback(network.end)
        _open_low_ports(network)
        return network

    def _provider(self) -> OidcProvider:
        """Start where people sign in, behind TLS, outside of the mesh."""
        port = free_port()
        told = example("gateway.yaml", self.certificates, self.pod.host, gate=(LOOPBACK, port))
        front = Envoy(told, self.folder)
        self.ending.callback(front.end)
        provider = OidcProvider(port, issuer=front.url)
        self.ending.callback(provider.end)
        provider.wait()
        return provider

    def _render(self, chart: Path) -> list[Manifest]:
        config = {
            "oidc_issuer_url": self.provider.issuer,
            "provider_ca_files": [str(self.certificates.authority)],
            "client_id": self.client.client_id,
        }
        objects = render(
            {"sidegate": merged(LEAST, ISTIO, {"host": HOST, "config": config})}, chart
        )
        return [one for one in objects if one["kind"] != "Pod"]

    def _put_up(self) -> None:
        pair = {"tls.crt": self.certificates.chain, "tls.key": self.certificates.key}
        certificate = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"name": "tls", "namespace": GATEWAY.namespace},
            "stringData": {name: file.read_text() for name, file in pair.items()},
        }
        for peer in (POD, GATEWAY):
            self.cluster.namespace(peer.namespace)
        accounts = [account_of(peer) for peer in (POD, GATEWAY)]
        said = self.cluster.apply([*accounts, *READS_SECRETS, certificate, INGRESS, *self.objects])
        assert said == ""
        [deployed] = pods(of_kind("Deployment", self.objects))
        self._pod = pod_of(POD, deployed["spec"])
        run_at(self.cluster, self._pod, self.pod.pod, of_kind("Service", self.objects))
        run_at(self.cluster, pod_of(GATEWAY), self.gateway.pod, [INGRESS])

    def _agent(self, pod: Manifest, kind: str, network: Network) -> Agent:
        agent = Agent(self.control, pod, kind=kind, network=network)
        self.ending.callback(agent.end)
        return agent

    def _run_application(self) -> None:
        file = str(Path(__file__).with_name("application.py"))
        process = Process(
            [*within(self.pod, APPLICATION_USER, self.folder), sys.executable, file, "8080"]
        )
        self.ending.callback(process.end)

    def _run_gate(self) -> Process:
        """Run the gate beside the application, with the configuration that the chart renders."""
        file = self.folder / "sidegate.toml"
        file.write_text(config_text(self.objects).replace("/secrets/", f"{self.folder}/"))
        (self.folder / "client-secret").write_text(self.client.client_secret)
        (self.folder / "cookie-secret").write_text(secrets.token_urlsafe(32))
        command = [sys.executable, "-m", "sidegate", "serve", f"--config={file}"]
        process = Process(
            [*within(self.pod, GATE_USER, self.folder), f"PYTHONPATH={ROOT / 'src'}", *command]
        )
        self.ending.callback(process.end)
        return process


def pod_of(peer: Peer, spec: Manifest | None = None) -> Manifest:
    """Return the Pod that somebody of a scene is, with the label that the injector sets."""
    meta = {"name": peer.name, "namespace": peer.namespace, "labels": {**peer.labels, **IN_MESH}}
    spec = spec or {"containers": [{"name": "it", "image": "it"}]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": {**spec, "serviceAccountName": _account(peer)},
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
    return peer.principal.rpartition("/")[2]


def _slice(pod: Manifest, service: Manifest, address: str) -> Manifest:
    meta, name = pod["metadata"], service["metadata"]["name"]
    named = {
        port["name"]: port["containerPort"]
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
        for port in container.get("ports", [])
    }
    ports = [
        {"name": port["name"], "port": named.get(port.get("targetPort"), port["port"])}
        for port in service["spec"]["ports"]
    ]
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
        "ports": ports,
    }


def _open_low_ports(network: Network) -> None:
    """Let everybody listen at 443, as container engines do in a pod."""
    words = ["sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start"]
    subprocess.run(["nsenter", f"--net={network.path}", *words], check=True, capture_output=True)


def _join(one: Network, other: Network) -> None:
    """Lay a wire between two pods, so that each reaches the address of the other."""
    ends = ((one, other), (other, one))
    peer = ["peer", "eth1", "netns", other.name]
    commands = [["link", "add", "eth1", "netns", one.name, "type", "veth", *peer]]
    for near, far in ends:  # an address on each interface: a redirection leads to it
        at = ["-n", near.name]
        commands += [
            [*at, "address", "add", f"{near.pod}/32", "dev", "eth1"],
            [*at, "link", "set", "eth1", "up"],
            [*at, "route", "add", far.pod, "dev", "eth1", "src", near.pod],
        ]
    for words in commands:
        subprocess.run(["ip", *words], check=True, capture_output=True)
