"""In a real mesh: who gets to the gate and to the application, and what arrives there."""

import json
import socket
import ssl
import warnings
from contextlib import ExitStack, suppress
from http import HTTPStatus

import httpx
import pytest
from websockets.sync.client import connect

from sidegate.gate.forwarded_headers import OF_PROXIES, OF_PROXIES_FAMILIES, WRITTEN
from tests.integration.people import Person
from tests.kubernetes.charts import ISTIO, LEAST, merged, render
from tests.kubernetes.istio import Agent, ControlPlane
from tests.kubernetes.mesh import Mesh
from tests.kubernetes.pod_objects import account_of, pod_of
from tests.kubernetes.policies import Call, mesh_lets
from tests.kubernetes.scene import (
    GATEWAY,
    NEIGHBOUR,
    OUTSIDE_MESH,
    POD,
    PROMETHEUS,
    STRANGER,
)

pytestmark = pytest.mark.needs(
    "helm", "kubernetes", "manifest-schemas", "istio", "envoy", "oidc-provider"
)

HOST = "app.example.com"
CALLERS = (GATEWAY, PROMETHEUS, NEIGHBOUR, STRANGER, OUTSIDE_MESH)
PORTS = (4180, 44180, 8080, 9999)
REFUSED = b"HTTP/1.1 403 "


@pytest.fixture(scope="module")
def control(cluster):
    """Yield istiod."""
    control = ControlPlane(cluster, {})
    yield control
    control.end()


@pytest.fixture(scope="module")
def mesh(control, example, tmp_path_factory):
    """Yield a mesh with a gate in it."""
    with ExitStack() as ending:

        def rendered(config):
            gate = merged(LEAST, ISTIO, {"host": HOST, "config": config})
            return render({"sidegate": gate}, example)

        mesh = Mesh(control, (HOST,), rendered, tmp_path_factory.mktemp("mesh"), ending)
        mesh.run_application(mesh.pod)
        yield mesh


@pytest.fixture(scope="module")
def identities(cluster, control):
    """Return what those in the mesh prove with who they are."""
    with ExitStack() as ending:
        agents = {}
        for peer in CALLERS[:-1]:
            cluster.namespace(peer.namespace)
            assert cluster.apply([account_of(peer)]) == ""
            agents[peer.name] = Agent(control, pod_of(peer))
            ending.callback(agents[peer.name].end)
        for agent in agents.values():
            agent.wait()
        yield {name: agent.client() for name, agent in agents.items()}


@pytest.fixture
def alice(internet):
    """Return somebody with a browser."""
    with Person("alice", f"https://{HOST}", internet.certificates.trust()) as person:
        yield person


def reaches(mesh, context, port):
    """Say whether a request gets through to whoever listens at a port of the pod."""
    with ExitStack() as ending, suppress(ConnectionResetError, ssl.SSLError):
        wire = ending.enter_context(socket.create_connection((mesh.pod.pod, port), timeout=10))
        if context:
            wire = ending.enter_context(context.wrap_socket(wire))
        wire.sendall(f"GET /ping HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        answer = wire.recv(1 << 16)
        return answer != b"" and not answer.startswith(REFUSED)
    return False


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("caller", CALLERS, ids=str)
def test_the_mesh_lets_in_whom_the_evaluator_says_it_does(caller, port, mesh, identities):
    lets = mesh_lets(mesh.objects, Call(caller, POD, port))
    assert reaches(mesh, identities.get(caller.name), port) == lets
    assert lets == ((caller, port) in [(GATEWAY, 4180), (PROMETHEUS, 44180)])


def test_a_person_signs_in_through_the_mesh(alice):
    page = alice.sign_in("/oauth2/start?rd=/fields")
    assert str(page.url) == f"https://{HOST}/fields"
    seen = {name.lower(): value for name, value in page.json()}
    assert seen["x-forwarded-email"] == "alice@example.com"
    assert (seen["host"], seen["x-forwarded-host"], seen["x-forwarded-proto"]) == (
        HOST,
        HOST,
        "https",
    )


def test_who_is_not_signed_in_gets_no_further_than_the_gate(alice):
    refused = alice.get("/fields", headers={"Accept": "application/json"})
    assert refused.status_code == HTTPStatus.UNAUTHORIZED


def test_a_client_cannot_say_what_a_proxy_says(alice):
    alice.sign_in("/oauth2/start?rd=/fields")
    family = {prefix + b"user" for prefix in OF_PROXIES_FAMILIES}
    names = sorted((OF_PROXIES | WRITTEN | family) - {b"x-forwarded-for"})  # which is a chain
    for some in (names[first : first + 40] for first in range(0, len(names), 40)):
        lies = {spelling: "lie" for name in some for spelling in (name, name.replace(b"-", b"_"))}
        assert "lie" not in alice.get("/fields", headers=lies).text


def test_the_gate_knows_from_where_somebody_comes(mesh, alice):
    lies = {"X-Real-IP": "203.0.113.9", "X-Forwarded-For": "203.0.113.9"}
    alice.get("/oauth2/start?rd=/fields", headers=lies)
    assert "203.0.113.9" not in mesh.gate.output
    assert f"{mesh.gateway.host} - " in mesh.gate.output


def test_a_websocket_goes_through_the_mesh(mesh, alice):
    alice.sign_in("/oauth2/start?rd=/fields")
    cookies = "; ".join(f"{name}={value}" for name, value in alice.cookies.items())
    options = {"origin": f"https://{HOST}", "ssl": mesh.certificates.trust(), "proxy": None}
    with connect(f"wss://{HOST}/ws", additional_headers={"Cookie": cookies}, **options) as tunnel:
        tunnel.send("hello")
        assert tunnel.recv(10) == "hello"


@pytest.mark.usefixtures("internet")
@pytest.mark.parametrize(
    ("version", "name", "works"),
    [
        (ssl.TLSVersion.TLSv1_1, HOST, False),
        (ssl.TLSVersion.TLSv1_2, HOST, True),
        (ssl.TLSVersion.TLSv1_3, HOST, True),
        (ssl.TLSVersion.TLSv1_3, "other.example.com", False),
    ],
)
def test_the_gateway_speaks_tls_1_2_and_later_and_for_our_host_only(version, name, works, mesh):
    trust = mesh.certificates.trust()
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        trust.minimum_version = trust.maximum_version = version
    trust.set_ciphers("DEFAULT:@SECLEVEL=0")
    trust.check_hostname = False
    with socket.create_connection((HOST, 443)) as wire:
        try:
            trust.wrap_socket(wire, server_hostname=name).close()
        except (ssl.SSLError, ConnectionResetError):
            assert not works
        else:
            assert works


@pytest.mark.usefixtures("internet")
def test_plain_http_leads_to_https():
    answer = httpx.get(f"http://{HOST}/fields", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{HOST}/fields")


def test_a_callback_is_never_sent_twice(mesh):
    routes = dict(_routes(mesh.ingress.dump()))
    assert set(routes) == {"/oauth2/callback", "/"}
    assert "retry_policy" not in routes["/oauth2/callback"]
    assert "retry_policy" in routes["/"]


def _routes(dump):
    for part in dump["configs"]:
        for each in part.get("dynamic_route_configs", []):
            for host in each["route_config"].get("virtual_hosts", []):
                for route in host.get("routes", []):
                    if "route" in route:
                        yield route["match"]["prefix"], route["route"]


def test_the_proxies_take_all_that_istiod_makes_of_our_objects(mesh):
    for agent in (mesh.sidecar, mesh.ingress):
        assert "error_state" not in json.dumps(agent.dump())
