"""Who reaches whom, by the policies of the chart and by those of the founding deployment."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.kubernetes.charts import ISTIO, LEAST, SIDECAR, documents, merged, of_kind, render
from tests.kubernetes.matrix import ASK, MATRIX, NGINX
from tests.kubernetes.policies import (
    Call,
    Peer,
    is_asked_about,
    lets,
    mesh_lets,
    network_lets,
)
from tests.kubernetes.scene import (
    DNS,
    GATEWAY,
    INTERNAL,
    INTERNAL_6,
    ISTIOD,
    METADATA,
    NEIGHBOUR,
    NGINX_POD,
    NODE_DNS,
    OPENSHIFT_DNS,
    OUTSIDE_MESH,
    POD,
    PROMETHEUS,
    PROVIDER,
    PROVIDER_6,
    REDIS,
    ROUTER,
    STRANGER,
)

pytestmark = pytest.mark.needs("helm")

FOUNDING = Path(__file__).parent / "founding"
REACHES = [
    Call(GATEWAY, POD, 4180),
    Call(PROMETHEUS, POD, 44180),
    Call(POD, DNS, 53, "UDP"),
    Call(POD, DNS, 53),
    Call(POD, NODE_DNS, 53, "UDP"),
    Call(POD, PROVIDER, 443),
    Call(POD, PROVIDER_6, 443),
    Call(POD, ISTIOD, 15012),
]
DOES_NOT = [
    Call(NEIGHBOUR, POD, 4180),
    Call(STRANGER, POD, 4180),
    Call(OUTSIDE_MESH, POD, 4180),
    Call(PROVIDER, POD, 4180),
    Call(GATEWAY, POD, 8080),
    Call(NEIGHBOUR, POD, 8080),
    Call(PROMETHEUS, POD, 8080),
    Call(STRANGER, POD, 8080),
    Call(GATEWAY, POD, 44180),
    Call(NEIGHBOUR, POD, 44180),
    Call(PROMETHEUS, POD, 4180),
    Call(POD, NEIGHBOUR, 8080),
    Call(POD, DNS, 443),
    Call(POD, PROVIDER, 80),
    Call(POD, PROVIDER, 22),
    Call(POD, METADATA, 80),
    Call(POD, METADATA, 443),
    Call(POD, INTERNAL, 443),
    Call(POD, INTERNAL_6, 443),
    Call(POD, ISTIOD, 15010),
    Call(POD, REDIS, 6379),
]


@pytest.fixture(scope="module")
def sidecar():
    """Return what the chart makes for an application in Istio."""
    return render(merged(LEAST, SIDECAR, ISTIO))


@pytest.mark.parametrize("call", REACHES, ids=str)
def test_reaches(call, sidecar):
    assert lets(sidecar, call)


@pytest.mark.parametrize("call", DOES_NOT, ids=str)
def test_does_not_reach(call, sidecar):
    assert not lets(sidecar, call)


@pytest.mark.parametrize("source", [GATEWAY, NEIGHBOUR, STRANGER, PROMETHEUS], ids=str)
@pytest.mark.parametrize("layer", [network_lets, mesh_lets])
def test_each_layer_alone_keeps_everybody_from_the_application(layer, source, sidecar):
    assert not layer(sidecar, Call(source, POD, 8080))


def test_no_other_policy_can_open_the_application_in_the_mesh(sidecar):
    everything = {
        "kind": "AuthorizationPolicy",
        "metadata": {"namespace": "apps", "name": "everything"},
        "spec": {"action": "ALLOW", "rules": [{}]},
    }
    assert mesh_lets([*sidecar, everything], Call(NEIGHBOUR, POD, 4180))
    assert not mesh_lets([*sidecar, everything], Call(NEIGHBOUR, POD, 8080))


def test_without_a_mesh_the_network_alone_keeps_everybody_out():
    manifests = render(merged(LEAST, SIDECAR))
    assert lets(manifests, Call(GATEWAY, POD, 4180))
    assert not lets(manifests, Call(NEIGHBOUR, POD, 4180))
    assert not lets(manifests, Call(NEIGHBOUR, POD, 8080))
    assert not lets(manifests, Call(POD, ISTIOD, 15012))


def test_whom_the_values_name_comes_in_and_the_gateway_of_istio_no_more():
    manifests = render(merged(LEAST, SIDECAR, NGINX))
    assert lets(manifests, Call(NGINX_POD, POD, 4180))
    assert not lets(manifests, Call(GATEWAY, POD, 4180))


def test_labels_of_a_gateway_of_istio_are_said_once():
    gateway = {"namespace": "aks-istio-ingress", "selector": {"istio": "aks-ingress"}}
    manifests = render(merged(LEAST, SIDECAR, ISTIO, {"istio": {"gateway": gateway}}))
    theirs = Peer("aks", namespace="aks-istio-ingress", labels={"istio": "aks-ingress"})
    assert network_lets(manifests, Call(theirs, POD, 4180))
    assert not network_lets(manifests, Call(GATEWAY, POD, 4180))
    (made,) = of_kind("Gateway", manifests)
    assert made["spec"]["selector"] == {"istio": "aks-ingress"}


def test_openshift_has_a_router_dns_and_prometheus_of_its_own():
    manifests = render(merged(LEAST, SIDECAR, {"openshift": {"enabled": True}}))
    assert lets(manifests, Call(ROUTER, POD, 4180))
    assert lets(manifests, Call(POD, OPENSHIFT_DNS, 5353, "UDP"))
    assert not lets(manifests, Call(GATEWAY, POD, 4180))


def test_redis_is_reached_where_sessions_are_in_it():
    labels = {"app.kubernetes.io/name": "sidegate", "app.kubernetes.io/instance": "gate"}
    pod = Peer("gate", namespace="apps", labels=labels)
    assert lets(render(MATRIX["Redis"]), Call(pod, REDIS, 6379))
    assert not lets(render(MATRIX["standalone"]), Call(pod, REDIS, 6379))


def test_the_gateway_asks_about_the_hosts_that_are_listed_and_no_other():
    manifests = render(merged(LEAST, ISTIO, ASK))
    for host in ("a.example.com", "a.example.com:443", "b.example.com"):
        assert is_asked_about(manifests, Call(INTERNAL, GATEWAY, 443, host=host))
    assert not is_asked_about(manifests, Call(INTERNAL, GATEWAY, 443, host="app.example.com"))


@pytest.mark.parametrize("path", ["/ping", "/ready", "/robots.txt", "/oauth2/x", "/oauth2/sign_in"])
def test_what_the_gate_answers_to_anybody_never_reaches_an_application(path):
    manifests = render(merged(LEAST, ISTIO, ASK))
    asked = Call(INTERNAL, GATEWAY, 443, host="a.example.com", path=path)
    assert not mesh_lets(manifests, asked)
    assert mesh_lets(manifests, replace(asked, path="/"))
    assert mesh_lets(manifests, replace(asked, host="app.example.com"))


def test_other_names_of_the_own_paths_are_closed_too():
    names = {"config": {"proxy_prefix": "/gate", "ping_path": "/alive", "ready_path": ""}}
    manifests = render(merged(LEAST, ISTIO, ASK, names))
    asked = Call(INTERNAL, GATEWAY, 443, host="a.example.com", path="/gate/x")
    assert not mesh_lets(manifests, asked)
    assert not mesh_lets(manifests, replace(asked, path="/alive"))
    assert mesh_lets(manifests, replace(asked, path="/ready"))


# Known mistakes, which the evaluator has to see: else it would not see ours either.

THEIRS = Peer("pod", namespace="default", labels={"app": "example-app"})


@pytest.fixture(scope="module")
def founding():
    """Return the policies of the founding deployment."""
    return documents((FOUNDING / "policies.yaml").read_text())


def test_the_mesh_of_the_founding_deployment_lets_nobody_in(founding):
    assert not mesh_lets(founding, Call(GATEWAY, THEIRS, 4180))


def test_the_network_of_the_founding_deployment_lets_no_gateway_in(founding):
    istio = Peer("gateway", namespace="istio-system", labels={"istio": "ingressgateway"})
    assert not network_lets(founding, Call(istio, THEIRS, 4180))


@pytest.mark.parametrize(
    ("target", "port", "protocol"),
    [(PROVIDER, 443, "TCP"), (DNS, 53, "UDP"), (DNS, 53, "TCP"), (ISTIOD, 15012, "TCP")],
    ids=str,
)
def test_the_network_of_the_founding_deployment_keeps_from_a_sign_in_what_it_needs(
    founding, target, port, protocol
):
    assert not network_lets(founding, Call(THEIRS, target, port, protocol))
