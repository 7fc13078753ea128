"""The docs say how to see that a cluster encrypts Secrets; the command sees it on a real one."""

import subprocess

import pytest

from tests.parts import ROOT

pytestmark = pytest.mark.needs("helm", "manifest-schemas", "kubernetes")

DOCS = ROOT / "docs" / "kubernetes" / "operate.md"
OPENLY = "an-entry-that-nobody-hides"


@pytest.fixture(autouse=True, scope="module")
def _given(cluster):
    """Put the same text into a Secret, and into a ConfigMap to compare with."""
    cluster.namespace("at-rest")
    for kind, text in (("secret generic", OPENLY), ("configmap", f"{OPENLY}-map")):
        words = ("--namespace=at-rest", "create", *kind.split(), "gate", f"--from-literal=a={text}")
        status, said = cluster.kubectl(*words)
        assert status == 0, said


def test_the_command_of_the_docs_shows_that_it_is_on(cluster):
    section = DOCS.read_text().partition("## Encryption at rest")[2]
    command = section.partition("```sh\n")[2].partition("\n```")[0]
    assert command.startswith("kubectl get ")
    done = subprocess.run(
        ["bash", "-c", command],
        env=cluster.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert 'transformer_prefix="k8s:enc:secretbox:v1:"' in done.stdout
    assert 'transformation_type="to_storage"' in done.stdout


def test_what_is_in_etcd_is_not_what_was_given(cluster):
    """Else the line that the command looks for would mean nothing."""
    kept = b"".join(
        path.read_bytes() for path in (cluster.folder / "etcd").rglob("*") if path.is_file()
    )
    assert f"{OPENLY}-map".encode() in kept
    assert kept.count(OPENLY.encode()) == kept.count(f"{OPENLY}-map".encode())
