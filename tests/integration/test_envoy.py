"""Real Envoy in front of the gate, as an Istio gateway is, and Envoy that asks the gate."""

import socket
import ssl
import warnings

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.integration.envoys import Certificates, Envoy, example
from tests.integration.gates import start_gate
from tests.integration.people import Person
from tests.integration.processes import LOOPBACK, free_port
from tests.integration.test_streams import echo as echo  # noqa: PLC0414 - a fixture
from tests.integration.wire import Wire

pytestmark = pytest.mark.needs("envoy", "oidc-provider")

BEHIND = ("--reverse-proxy=true", "--real-client-ip-header=X-Forwarded-For")
LIES = {
    "X-Auth-Request-Email": "root@example.com",
    "X-Forwarded-Email": "root@example.com",
    "X-Forwarded-User": "root",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Client-Cert": 'Subject="CN=root"',
    "X-Request-Id": "of-the-client",
}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Return what Envoy shows and browsers trust."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def running():
    """Hold what has to be ended."""
    held = []
    yield held
    for each in reversed(held):
        each.end()


@pytest.fixture
def behind(certificates, tmp_path, oidc_provider, running):
    """Start gates with an Envoy in front; returns the Envoy."""

    def start(name, upstream, app_port=0, flags=()):
        port = free_port()
        places = {"gate": (LOOPBACK, port), "app": (LOOPBACK, app_port)}
        envoy = Envoy(example(name, certificates, **places), tmp_path)
        running.append(envoy)
        client = oidc_provider.register(envoy.url)
        whole = (*BEHIND, f"--upstream={upstream}", "--cookie-secure=true", *flags)
        gate = start_gate(tmp_path, port, client, whole)
        running.append(gate)
        gate.wait_ready()
        return envoy

    return start


@pytest.fixture
def alice(certificates):
    """Return somebody who trusts the certificates."""
    people = []

    def at(envoy):
        people.append(Person("alice", envoy.url, certificates.trust()))
        return people[-1]

    yield at
    for person in people:
        person.http.close()


def fields_of(answer):
    """Return what the application saw, each name with all its values."""
    seen = {}
    for name, value in answer.json():
        seen.setdefault(name.lower(), []).append(value)
    return seen


def test_people_sign_in_through_envoy_and_the_application_sees_the_truth(behind, app, alice):
    envoy = behind("gateway.yaml", app.url)
    person = alice(envoy)
    page = person.sign_in("/oauth2/start?rd=/fields")
    assert str(page.url) == f"{envoy.url}/fields"
    seen = fields_of(person.get("/fields", headers=LIES))
    assert seen["x-forwarded-email"] == ["alice@example.com"]
    assert seen["x-auth-request-email"] == ["alice@example.com"]
    assert seen["x-forwarded-proto"] == ["https"]
    assert seen["x-forwarded-host"] == seen["host"] == [f"{LOOPBACK}:{envoy.port}"]
    assert seen["x-request-id"] != ["of-the-client"]
    assert "x-forwarded-client-cert" not in seen
    assert "root" not in str(seen)


def test_old_versions_of_tls_are_refused_at_the_edge(behind, app, certificates):
    envoy = behind("gateway.yaml", app.url)
    for version, works in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)):
        trust = certificates.trust()
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            trust.minimum_version = trust.maximum_version = version
        trust.set_ciphers("DEFAULT:@SECLEVEL=0")
        assert shakes_hands(envoy, trust) is works, version


def shakes_hands(envoy, trust):
    """Say whether a client with these settings gets a connection."""
    with socket.create_connection((LOOPBACK, envoy.port)) as wire:
        try:
            trust.wrap_socket(wire, server_hostname=LOOPBACK).close()
        except ssl.SSLError:
            return False
    return True


def test_a_websocket_goes_through_envoy_and_the_gate(behind, echo, alice, certificates):
    envoy = behind("gateway.yaml", echo)
    person = alice(envoy)
    person.sign_in("/oauth2/start?rd=/oauth2/userinfo")
    cookies = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
    address = f"wss://{LOOPBACK}:{envoy.port}/ws"
    options = {"origin": envoy.url, "ssl": certificates.trust(), "proxy": None}
    with connect(address, additional_headers={"Cookie": cookies}, **options) as tunnel:
        tunnel.send("hello")
        assert tunnel.recv(10) == "hello"
    with pytest.raises(InvalidStatus) as refused:
        connect(address, **options)
    assert refused.value.response.status_code in {401, 403}


@pytest.fixture
def asking(behind, app):
    """Return an Envoy that asks the gate and carries the bytes to `app` itself."""
    flags = ("--set-xauthrequest=true", "--skip-provider-button=true")
    return behind("ext-authz.yaml", "static://200", app.server_address[1], flags)


def test_envoy_lets_pass_whom_the_gate_lets_pass(asking, alice):
    person = alice(asking)
    page = person.sign_in("/fields?a=1&b=2")
    assert str(page.url) == f"{asking.url}/fields?a=1&b=2"
    seen = fields_of(person.get("/fields", headers=LIES | {"X-Auth-Request-Groups": "root"}))
    assert seen["x-auth-request-email"] == ["alice@example.com"]
    assert seen["x-auth-request-user"] == ["alice"]
    assert "x-auth-request-groups" not in seen
    assert "root" not in str(seen)
    assert "evil.example" not in str(seen)
    assert person.http.post("/count", content=b"x" * 100_000).text == "100000"


def test_envoy_refuses_whom_the_gate_refuses(asking, app, certificates):
    api = {"Accept": "application/json", "X-Auth-Request-Email": "alice@example.com"}
    refused = httpx.get(f"{asking.url}/fields", headers=api, verify=certificates.trust())
    assert refused.status_code == 401
    with Person("bob", asking.url, certificates.trust()) as bob:
        assert bob.sign_in("/fields").status_code == 403
        assert bob.get("/fields").status_code != 200
    assert app.requests == []


@pytest.mark.parametrize("path", ["/ping", "/ready", "/robots.txt", "/oauth2/sign_in", "/oauth2/x"])
def test_what_the_gate_answers_to_anybody_is_no_yes(path, asking, app, certificates):
    escaped = f"/%{ord(path[1]):x}{path[2:]}"
    dotted = path.replace("/", "/./", 1)
    for spelling in (path, f"{path}?a", f"/{path}", f"{path}/", dotted, escaped):
        with Wire(asking.port, tls=certificates.trust()) as wire:
            wire.got(f"GET {spelling}", "X-Auth-Request-Email: alice@example.com")
    assert app.requests == []


def test_without_an_answer_of_the_gate_nobody_passes(asking, running, app, certificates):
    running.pop().end()
    answer = httpx.get(f"{asking.url}/fields", verify=certificates.trust())
    assert answer.status_code == 503
    assert app.requests == []
