"""A real Envoy, set up as Istio would from the chart's objects, asks a real gate.

Istio itself is not there: what it makes of an EnvoyFilter, of a DENY and of an extension provider
is made here, in the few lines that these objects need.
"""

from contextlib import ExitStack

import pytest
import yaml

from tests.integration.conftest import oidc_provider as oidc_provider  # noqa: PLC0414 - a fixture
from tests.integration.envoys import Certificates, Envoy, example
from tests.integration.gates import start_gate
from tests.integration.people import Person
from tests.integration.processes import LOOPBACK, free_port
from tests.integration.upstream import Upstream
from tests.integration.wire import Wire
from tests.kubernetes.charts import CHART, ISTIO, LEAST, config_of, merged, of_kind, render

pytestmark = pytest.mark.needs("helm", "kubernetes", "manifest-schemas", "envoy", "oidc-provider")

VALUES = merged(
    LEAST, ISTIO, {"istio": {"extAuthz": {"enabled": True, "hosts": [LOOPBACK, "app.test"]}}}
)
LIES = {
    "X-Auth-Request-Groups": "root",
    "X-Auth-Request-Email": "root@example.com",
    "X-Forwarded-User": "root",
    "X_Auth_Request_Groups": "root",
}


def matcher(pattern):
    """Return how Envoy compares with a pattern of Istio."""
    if pattern.endswith("*"):
        return {"prefix": pattern[:-1]}
    return {"exact": pattern}


def denial(policy):
    """Return the filter that Istio makes of a DENY with hosts and paths."""
    (operation,) = [one["operation"] for rule in policy["spec"]["rules"] for one in rule["to"]]
    assert set(operation) == {"hosts", "paths"}
    hosts = [
        {"header": {"name": ":authority", "string_match": {**matcher(one), "ignore_case": True}}}
        for one in operation["hosts"]
    ]
    paths = [{"url_path": {"path": matcher(one)}} for one in operation["paths"]]
    both = [{"or_rules": {"rules": hosts}}, {"or_rules": {"rules": paths}}]
    policies = {
        "own": {"permissions": [{"and_rules": {"rules": both}}], "principals": [{"any": True}]}
    }
    kind = "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC"
    rules = {"action": "DENY", "policies": policies}
    return {"name": "rbac", "typed_config": {"@type": kind, "rules": rules}}


def as_istio_would(told, manifests, provider):
    """Change a configuration of Envoy that asks into the one that the objects ask for."""
    listener = told["static_resources"]["listeners"][0]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    _, asking, router = manager["http_filters"]
    asking["typed_config"]["allowed_headers"] = {
        "patterns": [matcher(one) for one in provider["includeRequestHeadersInCheck"]]
    }
    asking["typed_config"]["http_service"]["authorization_response"] = {
        "allowed_upstream_headers": {
            "patterns": [matcher(one) for one in provider["headersToUpstreamOnAllow"]]
        },
        "allowed_client_headers_on_success": {
            "patterns": [matcher(one) for one in provider["headersToDownstreamOnAllow"]]
        },
    }
    (deny,) = [
        one for one in of_kind("AuthorizationPolicy", manifests) if one["spec"]["action"] == "DENY"
    ]
    manager["http_filters"] = [asking, denial(deny), router]
    (host,) = manager["route_config"]["virtual_hosts"]
    host["routes"] = host["routes"][-1:]
    for name in ("path_with_escaped_slashes_action", "merge_slashes"):
        manager.pop(name)  # which Istio leaves alone
    (filter_,) = of_kind("EnvoyFilter", manifests)
    (patch,) = filter_["spec"]["configPatches"]
    manager |= patch["patch"]["value"]["typed_config"]
    listener["filter_chains"][0]["filters"][0]["typed_config"] = manager
    return told


@pytest.fixture(scope="module")
def app():
    """Yield the application that Envoy hands requests to."""
    upstream = Upstream()
    yield upstream
    upstream.end()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Return what Envoy shows and browsers trust."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


def provider_of(notes):
    """Return what the notes of an installation want in the configuration of the mesh."""
    lines = notes.partition("extensionProviders:")[2].splitlines()
    (provider,) = yaml.safe_load("\n".join(one for one in lines if one.startswith("      ")))
    return provider["envoyExtAuthzHttp"]


@pytest.fixture(scope="module")
def envoy(cluster, app, certificates, oidc_provider, tmp_path_factory):
    """Yield an Envoy in front of `app` that asks a gate."""
    provider = provider_of(cluster.install("gate", CHART, VALUES))
    assert provider["failOpen"] is False
    folder, port, manifests = tmp_path_factory.mktemp("envoy"), free_port(), render(VALUES)
    places = {"gate": (LOOPBACK, port), "app": (LOOPBACK, app.server_address[1])}
    told = as_istio_would(example("ext-authz.yaml", certificates, **places), manifests, provider)
    config = config_of(manifests)
    flags = [
        f"--{name.replace('_', '-')}={str(config[name]).lower()}"
        for name in ("reverse_proxy", "set_xauthrequest", "skip_provider_button")
    ]
    with ExitStack() as ending:
        front = Envoy(told, folder)
        ending.callback(front.end)
        client = oidc_provider.register(front.url)
        upstream = f"--upstream={config['upstreams'][0]}"
        gate = start_gate(folder, port, client, (*flags, upstream, "--cookie-secure=true"))
        ending.callback(gate.end)
        gate.wait_ready()
        yield front


def test_who_is_signed_in_passes_and_cannot_lie(envoy, certificates):
    with Person("alice", envoy.url, certificates.trust()) as alice:
        page = alice.sign_in("/fields?a=1")
        assert str(page.url) == f"{envoy.url}/fields?a=1"
        seen = {name.lower(): value for name, value in alice.get("/fields", headers=LIES).json()}
        assert seen["x-auth-request-email"] == "alice@example.com"
        assert "root" not in str(seen)


@pytest.mark.parametrize(
    "path", ["/fields", "/ping", "/ready", "/robots.txt", "/oauth2/sign_in", "/oauth2/x"]
)
def test_who_is_not_never_reaches_the_application(path, envoy, app, certificates):
    before = len(app.requests)
    escaped = f"/%{ord(path[1]):x}{path[2:]}"
    dotted = path.replace("/", "/./", 1)
    for spelling in (path, f"{path}?a", f"/{path}", f"{path}/", dotted, escaped):
        with Wire(envoy.port, tls=certificates.trust()) as wire:
            wire.got(f"GET {spelling}", "X-Auth-Request-Email: alice@example.com")
    assert app.requests[before:] == []
