"""The pods beside the gates: that of `helm test`, and that of the job which rotates the secret."""

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from deploy.image.pins import PYTHON
from tests.integration.processes import LOOPBACK
from tests.kubernetes.charts import ISTIO, LEAST, SIDECAR, merged, of_kind, pods, refusal, render
from tests.kubernetes.matrix import REDIS as IN_REDIS
from tests.kubernetes.matrix import ROTATED
from tests.kubernetes.policies import Call, Peer, lets
from tests.kubernetes.scene import (
    DNS,
    GATEWAY,
    INTERNAL,
    METADATA,
    NEIGHBOUR,
    NODE_DNS,
    POD,
    PROMETHEUS,
    PROVIDER,
    REDIS,
    STRANGER,
)

pytestmark = pytest.mark.needs("helm")

NAMED = {"app.kubernetes.io/instance": "gate"}
CHECK = Peer(
    "helm test", namespace="apps", labels={**NAMED, "app.kubernetes.io/name": "sidegate-check"}
)
JOB = Peer(
    "rotation", namespace="apps", labels={**NAMED, "app.kubernetes.io/name": "sidegate-rotation"}
)
API_SERVER = Peer("API server", "10.0.0.5")
CLOSED = {
    "kind": "NetworkPolicy",
    "metadata": {"namespace": "apps", "name": "closed"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
}


@pytest.fixture(scope="module")
def rotated():
    """Return what the chart makes in a namespace whose default is no."""
    return [*render(merged(LEAST, SIDECAR, ROTATED)), CLOSED]


def pod_of(manifests, name):
    (pod,) = [one for one in pods(manifests) if one["metadata"]["name"] == name]
    return pod


@pytest.mark.parametrize("peer", [CHECK, JOB], ids=str)
def test_the_labels_looked_at_here_are_those_of_the_pods(peer, rotated):
    kind = "check" if peer is CHECK else "rotation"
    assert (
        peer.labels.items()
        <= pod_of(rotated, f"gate-sidegate-{kind}")["metadata"]["labels"].items()
    )


@pytest.mark.parametrize(
    "call",
    [
        Call(CHECK, DNS, 53, "UDP"),
        Call(CHECK, DNS, 53),
        Call(CHECK, NODE_DNS, 53, "UDP"),
        Call(CHECK, PROVIDER, 443),
        Call(CHECK, POD, 4180),
        Call(JOB, DNS, 53, "UDP"),
        Call(JOB, DNS, 53),
        Call(JOB, NODE_DNS, 53, "UDP"),
        Call(JOB, API_SERVER, 6443),
        Call(JOB, API_SERVER, 443),
    ],
    ids=str,
)
def test_reaches_where_the_default_is_no(call, rotated):
    assert lets(rotated, call)


@pytest.mark.parametrize(
    "call",
    [
        Call(CHECK, POD, 8080),
        Call(CHECK, POD, 44180),
        Call(CHECK, NEIGHBOUR, 4180),
        Call(CHECK, API_SERVER, 6443),
        Call(CHECK, INTERNAL, 443),
        Call(CHECK, METADATA, 80),
        Call(CHECK, PROVIDER, 80),
        Call(CHECK, REDIS, 6379),
        Call(JOB, POD, 4180),
        Call(JOB, POD, 8080),
        Call(JOB, NEIGHBOUR, 443),
        Call(JOB, PROVIDER, 443),
        Call(JOB, INTERNAL, 443),
        Call(JOB, METADATA, 443),
        Call(JOB, API_SERVER, 22),
        Call(JOB, DNS, 443),
        *(
            Call(source, target, port)
            for source in (GATEWAY, PROMETHEUS, NEIGHBOUR, STRANGER, POD)
            for target in (CHECK, JOB)
            for port in (443, 4180)
        ),
    ],
    ids=str,
)
def test_does_not_reach_even_where_the_default_is_yes(call, rotated):
    assert not lets([one for one in rotated if one is not CLOSED], call)


def test_the_doctor_reaches_redis_where_sessions_are_in_it():
    assert lets([*render(merged(LEAST, IN_REDIS)), CLOSED], Call(CHECK, REDIS, 6379))


def test_where_the_api_server_is_has_to_be_said():
    said = refusal(merged(LEAST, {"rotation": {"enabled": True}}))
    assert "networkPolicy.apiServer.cidrs" in said
    assert "kubectl get endpointslices" in said


def test_in_a_mesh_nobody_opens_the_network_for_a_pod_outside_of_it():
    manifests = render(merged(LEAST, SIDECAR, ISTIO))
    assert not lets(manifests, Call(CHECK, POD, 4180))
    assert len(pod_of(manifests, "gate-sidegate-check")["spec"]["containers"]) == 1


@pytest.mark.parametrize(("path", "asked"), [("/alive", "/alive"), ("", None)])
def test_another_path_is_asked_for_and_none_where_there_is_none(path, asked):
    made = render(merged(LEAST, {"config": {"ready_path": path}}))
    containers = pod_of(made, "gate-sidegate-check")["spec"]["containers"]
    assert [
        one["command"][-1].removeprefix("http://gate-sidegate:80") for one in containers[1:]
    ] == ([asked] if asked else [])


def test_helm_test_asks_whether_a_gate_is_ready_and_fails_where_none_is(rotated):
    asks = pod_of(rotated, "gate-sidegate-check")["spec"]["containers"][1]["command"]
    assert asks[0] == f"/usr/bin/python{PYTHON}"
    (service,) = of_kind("Service", rotated)
    assert asks[-1] == f"http://{service['metadata']['name']}:80/ready"
    for status in (200, 503):
        with answering(status) as port:
            words = [sys.executable, *asks[1:-1], f"http://{LOOPBACK}:{port}/ready"]
            done = subprocess.run(words, capture_output=True, check=False)
        assert (done.returncode == 0) == (status == 200)


@contextmanager
def answering(status: int) -> Iterator[int]:
    """Have a server that answers everything with one status; yield its port."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer((LOOPBACK, 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()
