"""Istio itself, not an idea of it, says that what the chart and kustomize make is right."""

import subprocess

import pytest

from tests.kubernetes.charts import KUBECTL, documents, of_kind, render
from tests.kubernetes.istio import istioctl
from tests.kubernetes.matrix import MATRIX
from tests.parts import ROOT

pytestmark = pytest.mark.needs("helm", "kubernetes", "istio")

ANALYZE = ("analyze", "--use-kube=false", "--all-namespaces", "--failure-threshold=Info")
# What Istio says of an installation that is meant so, and why it is.
MEANT = {
    "EnvoyFilter exposes internal implementation details": (
        "nothing else of Istio removes header fields before it asks"
    ),
    "configured AuthorizationPolicy will deny all traffic to TCP ports": (
        "a port that somebody forgot to name would be a way around: extAuthz.tcpPorts names others"
    ),
}
THERE = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "all", "namespace": "istio-ingress"},
    "spec": {
        "selector": {"istio": "ingressgateway"},
        "servers": [
            {
                "port": {"number": 443, "name": "https", "protocol": "HTTPS"},
                "hosts": ["*.example.com"],
                "tls": {"mode": "SIMPLE", "credentialName": "all"},
            }
        ],
    },
}


@pytest.fixture(params=[*MATRIX, "kustomize"])
def manifests(request):
    """Return the objects of one way to install the gate."""
    if request.param == "kustomize":
        example = ROOT / "deploy" / "kustomize" / "overlays" / "example"
        built = subprocess.run(
            [KUBECTL, "kustomize", example], capture_output=True, text=True, check=True
        )
        return documents(built.stdout)
    return render(MATRIX[request.param]) + [THERE] * (request.param == "a gateway that is there")


def complaints(said):
    """Return what Istio has against objects that is not meant so."""
    lines = [line for line in said.splitlines() if ("/" in line and ": " in line) or "[IST" in line]
    return [line for line in lines if not any(words in line for words in MEANT)]


def test_istio_takes_every_object_without_a_warning(manifests):
    status, said = istioctl("validate", "--filename", manifests=manifests)
    assert (status, complaints(said)) == (0, [])


def test_istio_finds_no_issue_among_the_objects(manifests):
    status, said = istioctl(*ANALYZE, manifests=manifests)
    assert complaints(said) == []
    assert status == 0 or any(words in said for words in MEANT)


# Mistakes that Istio has to see: else it would not see ours either.


def test_istio_refuses_a_gateway_without_a_certificate():
    manifests = of_kind("Gateway", render(MATRIX["standalone in Istio"]))
    manifests[0]["spec"]["servers"][0]["tls"].pop("credentialName")
    status, said = istioctl("validate", "--filename", manifests=manifests)
    assert (status, "requires a server certificate" in said) == (1, True), said


def test_istio_finds_a_gateway_that_is_not_there():
    status, said = istioctl(*ANALYZE, manifests=render(MATRIX["a gateway that is there"]))
    assert "Referenced gateway not found" in complaints(said)[0]
    assert status != 0


def test_a_warning_of_istio_is_a_complaint():
    deployments = of_kind("Deployment", render(MATRIX["standalone in Istio"]))
    deployments[0]["spec"]["template"]["metadata"]["labels"].pop("app.kubernetes.io/version")
    _, said = istioctl("validate", "--filename", manifests=deployments)
    assert len(complaints(said)) == 1
