"""A real API server: admits or refuses objects as a cluster does. Nothing runs them."""

import base64
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from tests.integration.processes import LOOPBACK, Process, free_port, listens
from tests.kubernetes.charts import HELM, KUBECTL, SCHEMAS, Manifest
from tests.parts import TOOLS

HOME = TOOLS / "kubernetes"


class ApiServer:
    """etcd and kube-apiserver on loopback, with the custom resources that charts may use."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kubernetes-"))
        self.etcd = self._start_etcd()
        self.server = self._start_server()
        self._put_up()

    def _start_etcd(self) -> Process:
        self.etcd_port = free_port()
        clients, peers = (f"http://{LOOPBACK}:{port}" for port in (self.etcd_port, free_port()))
        etcd = Process(
            [
                str(HOME / "etcd"),
                f"--data-dir={self.folder / 'etcd'}",
                f"--listen-client-urls={clients}",
                f"--advertise-client-urls={clients}",
                f"--listen-peer-urls={peers}",
                f"--initial-advertise-peer-urls={peers}",
                f"--initial-cluster=default={peers}",
                "--unsafe-no-fsync",
            ]
        )
        etcd.wait_until(lambda: listens(self.etcd_port), 30, "etcd")
        return etcd

    def _start_server(self) -> Process:
        self.port, token = free_port(), secrets.token_hex(16)
        key = self.folder / "accounts.key"
        subprocess.run(
            ["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True
        )
        self.encryption = self.folder / "encryption.yaml"
        self.encryption.write_text(yaml.safe_dump(_encryption()))
        (self.folder / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n")
        self.kubeconfig = self.folder / "kubeconfig"
        self.kubeconfig.write_text(yaml.safe_dump(_kubeconfig(self.port, token)))
        server = Process(
            [
                str(HOME / "kube-apiserver"),
                f"--etcd-servers=http://{LOOPBACK}:{self.etcd_port}",
                f"--secure-port={self.port}",
                f"--bind-address={LOOPBACK}",
                f"--cert-dir={self.folder}",
                f"--service-account-key-file={key}",
                f"--service-account-signing-key-file={key}",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-cluster-ip-range=10.0.0.0/24",
                f"--token-auth-file={self.folder / 'tokens.csv'}",
                "--authorization-mode=RBAC",
                f"--encryption-provider-config={self.encryption}",
                "--disable-admission-plugins=ServiceAccount",  # no controller makes the accounts
                "--allow-privileged",
            ]
        )
        server.wait_until(
            lambda: self.kubectl("get", "--raw=/readyz")[0] == 0, 120, "kube-apiserver"
        )
        return server

    def _put_up(self) -> None:
        done, said = self.kubectl("apply", "--server-side", f"--filename={SCHEMAS / 'crds'}")
        assert done == 0, said
        done, said = self.kubectl("wait", "crd", "--all", "--for=condition=Established")
        assert done == 0, said

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a shell whose kubectl means this server, and that knows sidegate."""
        path = f"{HOME}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {"PATH": path, "KUBECONFIG": str(self.kubeconfig), "HOME": str(self.folder)}

    def kubectl(self, *words: str, stdin: str = "") -> tuple[int, str]:
        """Run kubectl; return its exit status and all it wrote."""
        done = subprocess.run(
            [KUBECTL, f"--kubeconfig={self.kubeconfig}", *words],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stdout + done.stderr

    def namespace(self, name: str, **labels: str) -> None:
        """Make a namespace; a label `enforce` is of Pod Security."""
        pod_security = {
            f"pod-security.kubernetes.io/{mode}": level for mode, level in labels.items()
        }
        meta = {"name": name, "labels": pod_security}
        said = self.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": meta}])
        assert said == "", said

    def apply(self, manifests: list[Manifest], *words: str) -> str:
        """Give manifests to the server; return why it refuses, nothing when it takes them."""
        text = yaml.safe_dump_all(manifests)
        status, said = self.kubectl(
            "apply", "--server-side", "--validate=strict", "--filename=-", *words, stdin=text
        )
        return "" if status == 0 else said

    def would_take(self, manifests: list[Manifest], namespace: str) -> str:
        """As `apply`, and nothing is kept."""
        inside = [
            {**one, "metadata": {**one["metadata"], "namespace": namespace}} for one in manifests
        ]
        return self.apply(inside, "--dry-run=server")

    def install(self, name: str, chart: Path, values: Manifest) -> str:
        """Install a chart for good, with all its objects, and remove it; return what helm said."""
        place = [f"--kubeconfig={self.kubeconfig}", "--namespace=restricted"]
        done = subprocess.run(
            [HELM, "install", name, str(chart), "--values=-", *place],
            input=yaml.safe_dump(values),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        subprocess.run([HELM, "uninstall", name, *place], check=True, capture_output=True)
        return done.stdout

    def end(self) -> None:
        """Stop both."""
        for process in (self.server, self.etcd):
            process.end()
            process.forget()


def _encryption() -> Manifest:
    """Secrets are encrypted at rest, with a key of this server."""
    key = {"name": "it", "secret": base64.b64encode(secrets.token_bytes(32)).decode()}
    providers = [{"secretbox": {"keys": [key]}}, {"identity": {}}]
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [{"resources": ["secrets"], "providers": providers}],
    }


def _kubeconfig(port: int, token: str) -> Manifest:
    cluster = {"server": f"https://{LOOPBACK}:{port}", "insecure-skip-tls-verify": True}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "admin"}}],
        "current-context": "it",
    }
