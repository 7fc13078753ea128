"""A mesh that runs: istiod, a pod with a gate, a gateway in front.

What a chart renders is in the API server. The Pods, with their addresses, and the EndpointSlices
are written there as scheduler, kubelet and controllers would.
"""

import secrets
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import yaml

from tests.integration.envoys import Certificates, Envoy, example
from tests.integration.pods import Network
from tests.integration.processes import LOOPBACK, Process, free_port
from tests.integration.providers import OidcProvider
from tests.kubernetes.charts import Manifest, config_text, of_kind, pods
from tests.kubernetes.istio import Agent, ControlPlane, redirect, within
from tests.kubernetes.pod_objects import account_of, pod_of, run_at
from tests.kubernetes.scene import GATEWAY, POD
from tests.parts import ROOT

GATE_USER, APPLICATION_USER = 2000, 1000
INGRESS: Manifest = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "istio-ingress", "namespace": GATEWAY.namespace},
    "spec": {
        "selector": GATEWAY.labels,
        "ports": [
            {"name": "https", "port": 443},
            {"name": "http", "port": 80},
            {"name": "tcp-some", "port": 9000},
            {"name": "tcp-other", "port": 9001},
        ],
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
    """All of it. `objects`: what the chart renders; `gate`: its process, in the network `pod`."""

    def __init__(
        self,
        control: ControlPlane,
        hosts: tuple[str, ...],
        rendered: Callable[[Manifest], list[Manifest]],
        folder: Path,
        ending: ExitStack,
    ) -> None:
        """`hosts`: the names of the certificate; people come back from the provider at the first.

        `rendered`: makes the objects of what only is known here of the gate's configuration.
        `ending`: gets what has to be ended.
        """
        self.control, self.folder, self.ending = control, folder, ending
        self.pod, self.gateway = self._network(), self._network()
        join(self.gateway, self.pod)
        self.certificates = Certificates(folder, self.pod.host, *hosts)
        self.provider = self._provider()
        self.client = self.provider.register(f"https://{hosts[0]}")
        self.objects = [one for one in rendered(self._config()) if one["kind"] != "Pod"]
        self.put_up([account_of(POD), account_of(GATEWAY), *READS_SECRETS, self._certificate()])
        self.put_up([INGRESS, *self.objects])
        self._run_proxies()
        self.gate = self._run_gate()
        self.sidecar.wait()
        self.ingress.wait()

    def put_up(self, objects: list[Manifest]) -> None:
        """Let objects be in the API server until all ends."""
        cluster = self.control.cluster
        for namespace in {one["metadata"]["namespace"] for one in objects}:
            cluster.namespace(namespace)
        assert cluster.apply(objects) == ""
        self.ending.callback(
            cluster.kubectl,
            *("delete", "--filename=-", "--ignore-not-found", "--now"),
            stdin=yaml.safe_dump_all(objects),
        )

    def run_application(self, network: Network) -> None:
        """Run an application at port 8080 of a pod, open to all who reach the pod."""
        file = str(Path(__file__).with_name("application.py"))
        enter = within(network, APPLICATION_USER, self.folder)
        process = Process([*enter, sys.executable, file, "8080"])
        self.ending.callback(process.end)
        process.wait_until(lambda: "listens" in process.output, 30, "the application")

    def application_of_its_own(self, pod: Manifest, service: Manifest) -> None:
        """Run an application in a pod outside of the mesh, where the gateway reaches it."""
        network = self._network()
        join(self.gateway, network, "eth2")
        self.put_up([service])
        self._run_at(pod, network, [service])
        self.run_application(network)

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

    def _config(self) -> Manifest:
        return {
            "oidc_issuer_url": self.provider.issuer,
            "provider_ca_files": [str(self.certificates.authority)],
            "client_id": self.client.client_id,
        }

    def _certificate(self) -> Manifest:
        pair = {"tls.crt": self.certificates.chain, "tls.key": self.certificates.key}
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"name": "tls", "namespace": GATEWAY.namespace},
            "stringData": {name: file.read_text() for name, file in pair.items()},
        }

    def _run_proxies(self) -> None:
        """Run the gateway, and a sidecar in the pod of the gate."""
        [deployed] = pods(of_kind("Deployment", self.objects))
        pod, gateway = pod_of(POD, deployed), pod_of(GATEWAY)
        self._run_at(pod, self.pod, of_kind("Service", self.objects))
        self._run_at(gateway, self.gateway, [INGRESS])
        redirect(self.pod)
        self.sidecar = Agent(self.control, pod, network=self.pod)
        self.ending.callback(self.sidecar.end)
        self.ingress = Agent(self.control, gateway, kind="router", network=self.gateway)
        self.ending.callback(self.ingress.end)

    def _run_at(self, pod: Manifest, network: Network, services: list[Manifest]) -> None:
        run_at(self.control.cluster, pod, network.pod, services)
        about = [pod["metadata"]["name"], f"--namespace={pod['metadata']['namespace']}"]
        self.ending.callback(self.control.cluster.kubectl, "delete", "pod", *about, "--now")

    def _run_gate(self) -> Process:
        """Run the gate with the configuration that the chart renders."""
        file = self.folder / "sidegate.toml"
        file.write_text(config_text(self.objects).replace("/secrets/", f"{self.folder}/"))
        (self.folder / "client-secret").write_text(self.client.client_secret)
        (self.folder / "cookie-secret").write_text(secrets.token_urlsafe(32))
        command = [sys.executable, "-m", "sidegate", "serve", f"--config={file}"]
        enter = within(self.pod, GATE_USER, self.folder)
        process = Process([*enter, f"PYTHONPATH={ROOT / 'src'}", *command])
        self.ending.callback(process.end)
        return process


def _open_low_ports(network: Network) -> None:
    """Let everybody listen at 443, as container engines do in a pod."""
    words = ["sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start"]
    subprocess.run(["nsenter", f"--net={network.path}", *words], check=True, capture_output=True)


def join(one: Network, other: Network, device: str = "eth1") -> None:
    """Lay a wire between two pods, so that each reaches the address of the other."""
    ends = ((one, other), (other, one))
    peer = ["peer", device, "netns", other.name]
    commands = [["link", "add", device, "netns", one.name, "type", "veth", *peer]]
    for near, far in ends:  # an address on each interface: a redirection leads to it
        at = ["-n", near.name]
        commands += [
            [*at, "address", "add", f"{near.pod}/32", "dev", device],
            [*at, "link", "set", device, "up"],
            [*at, "route", "add", far.pod, "dev", device, "src", near.pod],
        ]
    for words in commands:
        subprocess.run(["ip", *words], check=True, capture_output=True)
