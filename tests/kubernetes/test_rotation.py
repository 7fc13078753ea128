"""The job that rotates the cookie secret, with its own rights, against a real API server."""

import base64
import subprocess
from pathlib import Path

import pytest

from sidegate.cli import main
from sidegate.cli.cluster_secret import ACCOUNT, CannotReach, ClusterSecret
from sidegate.cli.rotate import with_another
from sidegate.config.key_material import parse_ring
from tests.integration.processes import LOOPBACK
from tests.kubernetes.charts import Manifest, of_kind, render
from tests.kubernetes.matrix import MATRIX
from tests.parts import ROOT

pytestmark = pytest.mark.needs("helm", "manifest-schemas", "kubernetes")

OLD = base64.urlsafe_b64encode(b"o" * 32)
ACCESS = {"ServiceAccount", "Role", "RoleBinding"}


def secret(name: str) -> Manifest:
    values = {"cookie-secret": OLD.decode(), "cookie.key": OLD.decode(), "client-secret": "c"}
    meta = {"name": name, "namespace": "apps"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": values}


@pytest.fixture(scope="module")
def account(cluster, tmp_path_factory):
    """Return the folder of the service account of the job, as the kubelet would mount it."""
    cluster.namespace("apps")
    rights = [one for one in render(MATRIX["rotated"]) if one["kind"] in ACCESS]
    assert cluster.apply([*rights, secret("gate"), secret("other")]) == ""
    status, token = cluster.kubectl("--namespace=apps", "create", "token", "gate-sidegate-rotation")
    assert status == 0, token
    folder = tmp_path_factory.mktemp("account")
    (folder / "token").write_text(token)
    (folder / "namespace").write_text("apps")
    (folder / "ca.crt").write_text((cluster.folder / "apiserver.crt").read_text())
    return folder


@pytest.fixture(autouse=True)
def _in_a_pod(cluster, monkeypatch):
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", LOOPBACK)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(cluster.port))


def kept(cluster, name):
    status, text = cluster.kubectl(
        "--namespace=apps", "get", "secret", name, "--output=jsonpath={.data.cookie-secret}"
    )
    assert status == 0, text
    return base64.b64decode(text)


def test_the_new_secret_stands_on_top_and_the_other_keys_stay(cluster, account):
    gate = ClusterSecret("gate", "cookie-secret", account)
    content, count = with_another(gate.read(), 3, lambda size: b"n" * size)
    gate.write(content)
    assert count == 2
    assert [one.reveal() for one in parse_ring(kept(cluster, "gate"))] == [b"n" * 32, b"o" * 32]
    status, text = cluster.kubectl(
        "--namespace=apps", "get", "secret", "gate", "--output=jsonpath={.data.client-secret}"
    )
    assert (status, base64.b64decode(text)) == (0, b"c")


def test_what_somebody_else_changed_in_between_is_not_overwritten(cluster, account):
    gate, other = (ClusterSecret("gate", "cookie-secret", account) for _ in range(2))
    gate.read()
    other.read()
    other.write(OLD)
    with pytest.raises(CannotReach, match="409"):
        gate.write(b"mine")
    assert kept(cluster, "gate") == OLD


def test_the_job_may_touch_no_other_secret(account):
    with pytest.raises(CannotReach, match="403"):
        ClusterSecret("other", "cookie-secret", account).read()


@pytest.mark.parametrize("key", ["nothing"])
def test_a_key_that_is_not_there_is_named(key, account):
    with pytest.raises(CannotReach, match=key):
        ClusterSecret("gate", key, account).read()


@pytest.fixture
def by_hand(cluster):
    """Return what runs lines of a shell in the namespace of the Secret `hand`."""
    cluster.apply([secret("hand")])

    def run(lines: str, folder: Path) -> None:
        settings = ("config", "set-context", "--current", "--namespace=apps")
        assert cluster.kubectl(*settings)[0] == 0
        shell = ["bash", "-euo", "pipefail", "-c", lines]
        done = subprocess.run(
            shell, cwd=folder, env=cluster.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    yield run
    cluster.kubectl("config", "set-context", "--current", "--namespace=default")


def holds(cluster, key):
    shown = f"--output=jsonpath={{.data.{key}}}"
    status, text = cluster.kubectl("--namespace=apps", "get", "secret", "hand", shown)
    assert status == 0, text
    return base64.b64decode(text)


@pytest.mark.parametrize("name", ["cookie-secret", "cookie.key"])
def test_the_printed_commands_rotate_a_secret_word_by_word_and_keep_its_other_keys(
    name, cluster, by_hand, tmp_path, capsys
):
    (tmp_path / name).write_bytes(OLD)
    assert main(["secret", "rotate", str(tmp_path / name)]) == 0
    told = capsys.readouterr().out
    lines = [line for line in told.splitlines() if line.startswith("  ")]
    by_hand("\n".join(lines).replace("NAME", "hand"), tmp_path)
    content = holds(cluster, name.replace(".", "\\."))
    assert [one.reveal() for one in parse_ring(content)][1] == b"o" * 32
    assert content == (tmp_path / name).read_bytes()
    assert holds(cluster, "client-secret") == b"c"


def test_the_commands_of_the_docs_do_the_same(cluster, by_hand, tmp_path):
    text = (ROOT / "docs" / "operate" / "rotation.md").read_text().partition("By hand:\n\n")[2]
    lines = [line for line in text.partition("\n\n")[0].splitlines() if line]
    assert lines[1].startswith("    kubectl get secret sidegate ")
    by_hand("\n".join(lines).replace("secret sidegate ", "secret hand "), tmp_path)
    ring = [one.reveal() for one in parse_ring(holds(cluster, "cookie-secret"))]
    assert len(ring) == 2
    assert ring[1] == b"o" * 32
    assert holds(cluster, "client-secret") == b"c"
    assert not (tmp_path / "cookie-secret").exists()


def test_the_job_runs_the_command_that_this_shows():
    (job,) = of_kind("CronJob", render(MATRIX["rotated"]))
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (mount,) = container["volumeMounts"]
    assert mount["mountPath"] == str(ACCOUNT)
    assert pod["automountServiceAccountToken"] is False
    assert container["args"][:3] == ["secret", "rotate", "--in-cluster=gate"]
