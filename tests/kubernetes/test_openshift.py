"""On OpenShift the cluster chooses the user: pods are admitted there, and a Route leads to them."""

import copy

import pytest

from tests.kubernetes.charts import (
    LEAST,
    SIDECAR,
    gate_of,
    kubeconform,
    merged,
    of_kind,
    pods,
    render,
)
from tests.kubernetes.matrix import MATRIX, ROTATED
from tests.kubernetes.openshift import CHOSEN, refused

pytestmark = pytest.mark.needs("helm", "manifest-schemas")

ON_IT = {"openshift": {"enabled": True}}


@pytest.mark.parametrize("layers", [[], [ROTATED], [SIDECAR]], ids=["alone", "rotated", "sidecar"])
def test_every_pod_of_ours_is_admitted(layers):
    made = list(pods(render(merged(LEAST, ON_IT, *layers))))
    assert made
    assert {pod["metadata"]["name"]: refused(pod) for pod in made if refused(pod)} == {}


def test_the_gate_of_another_chart_says_no_number(example):
    container, spec = gate_of(render({"sidegate": merged(LEAST, SIDECAR, ON_IT)}, example))
    assert "runAsUser" not in container["securityContext"]
    assert container["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["runAsGroup"] == 2000  # else it is 0; no standard minds
    assert "fsGroup" not in spec["securityContext"]


def test_without_the_switch_the_numbers_are_refused():
    said = [reason for pod in pods(render(LEAST)) for reason in refused(pod)]
    assert "sidegate: runAsUser 2000" in said
    assert "pod: fsGroup 2000" in said


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hostNetwork": True}, "hostNetwork"),
        ({"volumes": [{"name": "x", "hostPath": {"path": "/"}}]}, "volume hostPath"),
        ({"securityContext": {"fsGroup": 1}}, "pod: fsGroup 1"),
        ({"securityContext": {"runAsUser": CHOSEN[0]}}, ""),
        (
            {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
            "sidegate: seccompProfile",
        ),
    ],
    ids=str,
)
def test_the_standard_as_it_is_looked_at_here_sees_what_it_forbids(change, reason):
    pod = {"spec": {"containers": [{"name": "sidegate"}], **copy.deepcopy(change)}}
    assert refused(pod) == ([reason] if reason else [])


@pytest.mark.needs("kubernetes")
def test_the_route_is_what_its_schema_allows_and_what_an_api_server_of_openshift_takes(cluster):
    objects = render(MATRIX["OpenShift"])
    (route,) = of_kind("Route", objects)
    assert kubeconform([route]) == ""
    assert cluster.would_take([route], "restricted") == ""
    (service,) = of_kind("Service", objects)
    assert route["spec"]["to"]["name"] == service["metadata"]["name"]
    assert route["spec"]["port"]["targetPort"] in {one["name"] for one in service["spec"]["ports"]}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"tls": {"termination": "edge", "insecure": "Redirect"}}, "insecure"),
        ({"tls": {"termination": "none"}}, "termination"),
        ({"port": {"number": 80}}, "number"),
        ({"to": {"kind": "Service"}}, "name"),
    ],
    ids=str,
)
def test_the_schema_of_routes_refuses_what_they_do_not_have(change, named):
    (route,) = of_kind("Route", render(MATRIX["OpenShift"]))
    said = kubeconform([{**route, "spec": {**route["spec"], **change}}])
    assert named in said
