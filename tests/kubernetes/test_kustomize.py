"""What kustomize makes is as right as what the chart makes, and lets as little through."""

import shutil
import subprocess

import pytest
import yaml

from sidegate.check.examine import examine
from sidegate.manifests.objects import Source, collect
from tests.kubernetes.charts import (
    KUBECTL,
    LEAST,
    SIDECAR,
    config_of,
    documents,
    gate_of,
    kubeconform,
    merged,
    of_kind,
    pods,
    render,
)
from tests.kubernetes.policies import Call, Peer, lets
from tests.kubernetes.scene import DNS, GATEWAY, ISTIOD, NEIGHBOUR, PROMETHEUS, PROVIDER
from tests.parts import ROOT

pytestmark = pytest.mark.needs("helm", "manifest-schemas", "kubernetes")

LABELS = {"app": "hello", "sidegate/gate": "sidecar"}
POD = Peer("pod", namespace="hello", labels=LABELS, principal="cluster.local/ns/hello/sa/default")
OTHER = Peer("other", namespace="hello", labels={"app": "other"}, principal=NEIGHBOUR.principal)


@pytest.fixture(scope="module")
def built():
    """Return the objects of the example."""
    done = subprocess.run(
        [KUBECTL, "kustomize", ROOT / "deploy" / "kustomize" / "overlays" / "example"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return documents(done.stdout)


def test_every_object_is_as_its_schema_wants_it(built):
    assert kubeconform(built) == ""


def test_the_check_finds_nothing_but_how_istio_may_be_installed(built):
    sources = [Source("example", yaml.safe_dump_all(built))]
    assert {one.id for one in examine(collect(sources))} <= {"mesh-init-refused"}


def test_the_server_takes_it_under_the_standard_restricted(built, cluster):
    inside = [one for one in built if one["kind"] != "Namespace"]
    assert cluster.would_take([*inside, *pods(built)], "restricted") == ""


def test_the_gate_is_the_one_of_the_chart(built, example):
    ours, _ = gate_of(built)
    theirs, _ = gate_of(render({"sidegate": merged(LEAST, SIDECAR)}, example))
    for name in ("image", "args", "imagePullPolicy"):
        ours.pop(name, None)
        theirs.pop(name, None)
    ours["livenessProbe"].setdefault("failureThreshold", 3)  # the default of Kubernetes
    assert ours == theirs


def test_the_application_is_somebody_else_and_on_loopback(built):
    _, spec = gate_of(built)
    (application,) = spec["containers"]
    assert application["securityContext"]["runAsUser"] == 1000
    assert "127.0.0.1" in application["command"]
    assert [mount["name"] for mount in application["volumeMounts"]] == ["page"]
    (service,) = of_kind("Service", built)
    assert [port["targetPort"] for port in service["spec"]["ports"]] == ["gate"]


def test_one_sign_in_is_for_all_hosts(built):
    config = config_of(built)
    assert config["cookie_domains"] == config["whitelist_domains"] == [".example.com"]


@pytest.mark.parametrize(
    "call",
    [
        Call(GATEWAY, POD, 4180),
        Call(PROMETHEUS, POD, 44180),
        Call(POD, DNS, 53, "UDP"),
        Call(POD, DNS, 53),
        Call(POD, PROVIDER, 443),
        Call(POD, ISTIOD, 15012),
    ],
    ids=str,
)
def test_reaches(call, built):
    assert lets(built, call)


@pytest.mark.parametrize(
    "call",
    [
        Call(OTHER, POD, 4180),
        Call(OTHER, POD, 8080),
        Call(GATEWAY, POD, 8080),
        Call(PROMETHEUS, POD, 4180),
        Call(POD, OTHER, 8080),
        Call(POD, PROVIDER, 80),
    ],
    ids=str,
)
def test_does_not_reach(call, built):
    assert not lets(built, call)


def test_a_deployment_without_the_label_stays_as_it_is(tmp_path):
    shutil.copytree(ROOT / "deploy" / "kustomize", tmp_path / "kustomize")
    file = tmp_path / "kustomize" / "overlays" / "example" / "application.yaml"
    text = file.read_text()
    file.write_text(text.replace("labels: {sidegate/gate: sidecar}", "labels: {}"))
    done = subprocess.run(
        [KUBECTL, "kustomize", file.parent], capture_output=True, text=True, check=True
    )
    assert "/etc/sidegate" not in done.stdout
