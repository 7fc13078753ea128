"""Istio, the real one: its control plane, and its proxies in networks of their own.

`istiod` watches a real API server. Each proxy is Istio's agent, which gets its certificate from
istiod and starts Envoy with what istiod makes of the objects. That Envoy is the one of everybody:
it has not the extensions that Istio adds for its own telemetry, so istiod is told to do without.
"""

import json
import os
import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tests.integration.pods import Network
from tests.integration.processes import LOOPBACK, Process, free_port
from tests.integration.providers import answers
from tests.kubernetes.api_server import ApiServer
from tests.kubernetes.charts import Manifest
from tests.parts import TOOLS

HOME = TOOLS / "istio"
SYSTEM = "istio-system"
PROXY_USER = 1337
MESH: Manifest = {"trustDomain": "cluster.local", "rootNamespace": SYSTEM}
PLAIN_ENVOY = {"PILOT_ENABLE_METADATA_EXCHANGE": "false", "PILOT_ENABLE_ALPN_FILTER": "false"}
PORTS = ("httpAddr", "httpsAddr", "grpcAddr", "secureGRPCAddr", "monitoringAddr")


def istioctl(*words: str, manifests: list[Manifest]) -> tuple[int, str]:
    """Give manifests to istioctl as a file; return its exit status and what it wrote."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump_all(manifests, file)
        file.flush()
        done = subprocess.run(
            [str(HOME / "istioctl"), *words, file.name],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    return done.returncode, (done.stdout + done.stderr).replace(file.name, "FILE")


class ControlPlane:
    """istiod, which takes everything from an API server. `root`: the certificate of the mesh."""

    def __init__(self, cluster: ApiServer, mesh: Manifest) -> None:
        """`mesh`: the configuration of the mesh on top of the defaults."""
        self.cluster = cluster
        self.folder = _folder("istiod")
        self.ports = {name: free_port() for name in PORTS}
        file = self.folder / "mesh.yaml"
        file.write_text(yaml.safe_dump({**MESH, **mesh}))
        cluster.namespace(SYSTEM)
        self.process = Process(
            [
                *("env", f"--chdir={self.folder}", str(HOME / "pilot-discovery"), "discovery"),
                *(f"--kubeconfig={cluster.kubeconfig}", f"--meshConfig={file}"),
                *(f"--namespace={SYSTEM}", "--ctrlz_port=0"),
                *(f"--{name}=:{port}" for name, port in self.ports.items()),
            ],
            POD_NAME="istiod",
            POD_NAMESPACE=SYSTEM,
            PILOT_CERT_PROVIDER="istiod",
            **PLAIN_ENVOY,
        )
        url = f"http://{LOOPBACK}:{self.ports['httpAddr']}/ready"
        self.process.wait_until(lambda: answers(url), 60, "istiod")

    def root(self, namespace: str) -> str:
        """Return the certificate of the mesh as pods of a namespace get it."""
        status, text = self.cluster.kubectl(
            *("get", "configmap", "istio-ca-root-cert", "--namespace", namespace),
            "--output=jsonpath={.data.root-cert\\.pem}",
        )
        return text if status == 0 else ""

    def token(self, namespace: str, account: str) -> str:
        """Return what proves to istiod that somebody runs as a service account."""
        status, text = self.cluster.kubectl(
            *("create", "token", account, "--namespace", namespace, "--audience=istio-ca")
        )
        assert status == 0, text
        return text.strip()

    def end(self) -> None:
        """Stop it."""
        self.process.end()
        self.process.forget()
        shutil.rmtree(self.folder)


class Agent:
    """Istio's agent: `certificates` of a service account, and an Envoy unless told otherwise."""

    def __init__(
        self,
        control: ControlPlane,
        who: Manifest,
        *,
        kind: str = "sidecar",
        network: Network | None = None,
    ) -> None:
        """`who`: a Pod. Without a network there is no Envoy."""
        meta = who["metadata"]
        namespace, account = meta["namespace"], who["spec"]["serviceAccountName"]
        self.folder = _folder(f"agent-{meta['name']}")
        self.certificates = self.folder / "certificates"
        self.network = network
        for path, text in (
            ("var/run/secrets/tokens/istio-token", control.token(namespace, account)),
            ("var/run/secrets/istio/root-cert.pem", self._root(control, namespace)),
        ):
            (self.folder / path).parent.mkdir(parents=True)
            (self.folder / path).write_text(text)
        self.certificates.mkdir()
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, PROXY_USER, PROXY_USER)
        host = network.host if network else LOOPBACK
        proxy = {
            "discoveryAddress": f"{host}:{control.ports['secureGRPCAddr']}",
            "proxyBootstrapTemplatePath": str(HOME / "envoy_bootstrap.json"),
            "binaryPath": str(
                next((TOOLS / "envoy").glob("lib/python3*/site-packages/envoy/_bin/envoy"))
            ),
            "concurrency": 1,
            "terminationDrainDuration": "0.001s",
            **({} if network else {"statusPort": free_port()}),
        }
        self.process = Process(
            [
                *within(network, PROXY_USER, self.folder),
                *(str(HOME / "pilot-agent"), "proxy", kind),
            ],
            POD_NAME=meta["name"],
            POD_NAMESPACE=namespace,
            INSTANCE_IP=network.pod if network else LOOPBACK,
            SERVICE_ACCOUNT=account,
            ISTIOD_SAN=f"istiod.{SYSTEM}.svc",
            ISTIO_META_CLUSTER_ID="Kubernetes",
            ISTIO_META_INTERCEPTION_MODE="REDIRECT",
            ISTIO_METAJSON_LABELS=json.dumps(meta.get("labels", {})),
            OUTPUT_CERTS=str(self.certificates),
            DISABLE_ENVOY=str(network is None).lower(),
            PROXY_CONFIG=json.dumps(proxy),
        )

    @staticmethod
    def _root(control: ControlPlane, namespace: str) -> str:
        control.process.wait_until(lambda: control.root(namespace), 20, "the root of the mesh")
        return control.root(namespace)

    def wait(self) -> None:
        """Return when it has what it is there for."""
        if self.network is None:
            names = ("cert-chain.pem", "key.pem", "root-cert.pem")
            files = [self.certificates / name for name in names]
            self.process.wait_until(lambda: all(map(Path.exists, files)), 30, "certificates")
            return
        ready = f"http://{self.network.pod}:15021/healthz/ready"
        self.process.wait_until(lambda: answers(ready), 60, "the proxy to be ready")

    def dump(self) -> Any:
        """Return all the configuration that its Envoy has."""
        assert self.network
        done = subprocess.run(
            [
                *within(self.network, PROXY_USER, self.folder),
                *(str(HOME / "pilot-agent"), "request", "GET", "config_dump?include_eds"),
            ],
            capture_output=True,
            check=True,
        )
        return json.loads(done.stdout)

    def client(self) -> ssl.SSLContext:
        """Return how a proxy with these certificates speaks to others of the mesh."""
        chain, key, root = (
            self.certificates / name for name in ("cert-chain.pem", "key.pem", "root-cert.pem")
        )
        context = ssl.create_default_context(cafile=root)
        context.check_hostname = False  # the name is an address of SPIFFE
        context.load_cert_chain(chain, key)
        context.set_alpn_protocols(["istio-http/1.1", "istio"])
        return context

    def end(self) -> None:
        """Stop it."""
        self.process.end()
        self.process.forget()
        shutil.rmtree(self.folder)


def within(network: Network | None, user: int, folder: Path) -> list[str]:
    """Return the words before a command that runs in a network as a user.

    It may read what root may: files of the test lie where others do not look.
    """
    enter = ["nsenter", f"--net={network.path}"] if network else []
    become = [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    may = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*enter, "setpriv", *become, *may, "env", f"--chdir={folder}"]


def redirect(network: Network) -> None:
    """Lead all connections of a pod through its proxy, as Istio's init container does."""
    libraries = next((HOME / "debian" / "usr" / "lib").glob("*/libxtables.so.12")).parent
    programs = HOME / "debian" / "usr" / "sbin"
    environment = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "LD_LIBRARY_PATH": str(libraries),
        "XTABLES_LIBDIR": str(libraries / "xtables"),
    }
    done = subprocess.run(
        [
            *("nsenter", f"--net={network.path}", str(HOME / "pilot-agent"), "istio-iptables"),
            *("-p", "15001", "-z", "15006", "-u", str(PROXY_USER), "-m", "REDIRECT"),
            *("-i", "*", "-x", "", "-b", "*", "-d", "15090,15021,15020"),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _folder(name: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    folder.chmod(0o755)
    return folder
