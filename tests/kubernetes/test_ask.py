"""In a real mesh, the gateway asks a gate about the requests for an application."""

import json
import socket
from contextlib import ExitStack, suppress

import pytest
import yaml

from tests.integration.people import Person
from tests.kubernetes.charts import CHART, ISTIO, LEAST, merged, render
from tests.kubernetes.istio import ControlPlane
from tests.kubernetes.mesh import Mesh
from tests.kubernetes.pod_objects import pod_of
from tests.kubernetes.policies import Peer
from tests.kubernetes.scene import GATEWAY

pytestmark = pytest.mark.needs(
    "helm", "kubernetes", "manifest-schemas", "istio", "envoy", "oidc-provider"
)

AUTH, SHOP = "auth.example.com", "shop.example.com"
VALUES = merged(
    LEAST,
    ISTIO,
    {
        "host": AUTH,
        "config": {"cookie_domains": [".example.com"], "whitelist_domains": [".example.com"]},
        "istio": {
            "extAuthz": {
                "enabled": True,
                "hosts": [SHOP],
                "selectorLabels": GATEWAY.labels,
                "tcpPorts": [9000],
            }
        },
    },
)
LIES = {
    "X-Auth-Request-Groups": "root",
    "X-Auth-Request-Email": "root@example.com",
    "X-Forwarded-User": "root",
    "X_Auth_Request_Groups": "root",
}
APPLICATION = Peer("shop", namespace="apps", labels={"app": "shop"})
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "shop", "namespace": "apps"},
    "spec": {
        "selector": APPLICATION.labels,
        "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
    },
}
TO_IT = {"destination": {"host": "shop", "port": {"number": 80}}}
TCP = (9000, 9001)
WAY_TO_IT = [
    {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "shop", "namespace": GATEWAY.namespace},
        "spec": {
            "selector": GATEWAY.labels,
            "servers": [
                {
                    "port": {"number": 443, "name": "https", "protocol": "HTTPS"},
                    "hosts": [SHOP],
                    "tls": {"mode": "SIMPLE", "credentialName": "tls"},
                },
                *(
                    {
                        "port": {"number": port, "name": f"tcp-{port}", "protocol": "TCP"},
                        "hosts": ["*"],
                    }
                    for port in TCP
                ),
            ],
        },
    },
    {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "shop", "namespace": "apps"},
        "spec": {
            "hosts": [SHOP],
            "gateways": [f"{GATEWAY.namespace}/shop"],
            "http": [{"route": [TO_IT]}],
            "tcp": [{"match": [{"port": port}], "route": [TO_IT]} for port in TCP],
        },
    },
]


def mesh_configuration(cluster):
    """Return what the notes of an installation want in the configuration of the mesh."""
    notes = cluster.install("gate", CHART, VALUES)
    lines = notes.partition("extensionProviders:")[2].splitlines()
    [provider] = yaml.safe_load("\n".join(one for one in lines if one.startswith("      ")))
    asked = provider["envoyExtAuthzHttp"]
    assert asked["failOpen"] is False
    asked["service"] = asked["service"].replace(".restricted.", ".apps.")
    return {"extensionProviders": [provider]}


@pytest.fixture(scope="module")
def mesh(cluster, tmp_path_factory):
    """Yield a mesh whose gateway asks a gate about an application."""
    with ExitStack() as ending:
        control = ControlPlane(cluster, mesh_configuration(cluster))
        ending.callback(control.end)

        def rendered(config):
            return render(merged(VALUES, {"config": config}))

        mesh = Mesh(control, (AUTH, SHOP), rendered, tmp_path_factory.mktemp("ask"), ending)
        mesh.put_up(WAY_TO_IT)
        application = pod_of(APPLICATION)
        application["metadata"]["labels"] = APPLICATION.labels  # without a sidecar
        mesh.application_of_its_own(application, SERVICE)
        yield mesh


@pytest.fixture
def alice(internet):
    """Return somebody with a browser."""
    with Person("alice", f"https://{SHOP}", internet.certificates.trust()) as person:
        yield person


def told(mesh, line, *fields):
    """Send a request as it is written; return the answer as it comes."""
    head = (f"{line} HTTP/1.1", f"Host: {SHOP}", "Connection: close", *fields, "", "")
    with ExitStack() as ending:
        wire = ending.enter_context(socket.create_connection((mesh.gateway.pod, 443), timeout=10))
        trust = mesh.certificates.trust()
        wire = ending.enter_context(trust.wrap_socket(wire, server_hostname=SHOP))
        wire.sendall("\r\n".join(head).encode())
        return wire.makefile("rb").read()


def test_who_is_signed_in_passes_and_cannot_lie(alice):
    page = alice.sign_in("/fields?a=1")
    assert str(page.url) == f"https://{SHOP}/fields?a=1"
    assert page.headers["x-application"] == "here"
    seen = {name.lower(): value for name, value in alice.get("/fields", headers=LIES).json()}
    assert seen["x-auth-request-email"] == "alice@example.com"
    assert "root" not in str(seen)


@pytest.mark.parametrize(
    "path", ["/fields", "/ping", "/ready", "/robots.txt", "/oauth2/sign_in", "/oauth2/x"]
)
def test_who_is_not_never_reaches_the_application(path, mesh):
    escaped = f"/%{ord(path[1]):x}{path[2:]}"
    dotted = path.replace("/", "/./", 1)
    for spelling in (path, f"{path}?a", f"/{path}", f"{path}/", dotted, escaped):
        answer = told(mesh, f"GET {spelling}", "X-Auth-Request-Email: alice@example.com").lower()
        assert answer.startswith((b"http/1.1 30", b"http/1.1 40"))
        assert b"x-application" not in answer


@pytest.mark.parametrize(("port", "passes"), [(9000, True), (9001, False)])
def test_a_port_without_http_passes_only_where_the_chart_was_told_of_it(port, passes, mesh):
    answer = b""
    wire = socket.create_connection((mesh.gateway.pod, port), timeout=10)
    with wire, suppress(ConnectionResetError):
        wire.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = wire.recv(1 << 16)
    assert (b"X-Application" in answer) == passes


def test_the_proxies_take_all_that_istiod_makes_of_our_objects(mesh):
    for agent in (mesh.sidecar, mesh.ingress):
        assert "error_state" not in json.dumps(agent.dump())
