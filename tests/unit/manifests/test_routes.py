"""A route says in the words of its kind to which Service it leads."""

import pytest

from sidegate.manifests.objects import Source, Thing, collect
from sidegate.manifests.routes import (
    ROUTES,
    destinations,
    hosts_of,
    is_from_outside,
    is_of,
    leads_to,
)

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: shop, namespace: apps}\n"
SPECS = {
    "VirtualService": "{http: [{route: [{destination: {host: shop, port: {number: 80}}}]}]}",
    "Ingress": (
        "{rules: [{http: {paths: [{backend: {service: {name: shop, port: {number: 80}}}}]}}]}"
    ),
    "HTTPRoute": "{rules: [{backendRefs: [{name: shop, port: 80}]}]}",
    "GRPCRoute": "{rules: [{backendRefs: [{name: shop, port: 80}]}]}",
    "Route": "{to: {kind: Service, name: shop}, port: {targetPort: 80}}",
    "IngressRoute": "{routes: [{match: Host(`a`), services: [{name: shop, port: 80}]}]}",
    "HTTPProxy": "{routes: [{services: [{name: shop, port: 80}]}]}",
}
OTHERS = [
    ("Ingress", "{defaultBackend: {service: {name: shop, port: {name: http}}}}", ("shop", "http")),
    ("VirtualService", "{tls: [{route: [{destination: {host: shop}}]}]}", ("shop", "")),
]


def thing(kind: str, spec: str = "{}", namespace: str = "apps") -> Thing:
    text = f"apiVersion: a/v1\nkind: {kind}\nmetadata: {{namespace: '{namespace}'}}\nspec: {spec}\n"
    return collect([Source("f", text)]).things[0]


def test_every_kind_has_a_row():
    assert set(SPECS) == set(ROUTES)


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [*((kind, spec, ("shop", "80")) for kind, spec in SPECS.items()), *OTHERS],
)
def test_a_route_leads_to_a_service_at_a_port(kind, spec, expected):
    ((name, where, port),) = destinations(thing(kind, spec))
    assert (name, port.text) == expected
    assert where.text == "shop"


@pytest.mark.parametrize(
    ("name", "namespace", "leads"),
    [
        ("shop", "apps", True),
        ("shop", "", True),
        ("shop", "other", False),
        ("shop.apps.svc.cluster.local", "other", True),
        ("shop.other", "apps", False),
        ("shopping", "apps", False),
    ],
)
def test_a_name_means_a_service_of_a_namespace(name, namespace, leads):
    service = collect([Source("f", SERVICE)]).things[0]
    assert leads_to(name, thing("Ingress", namespace=namespace), service) is leads


@pytest.mark.parametrize(
    ("kind", "spec", "hosts"),
    [
        ("VirtualService", "{hosts: [a.test]}", ["a.test"]),
        ("HTTPRoute", "{hostnames: [a.test, b.test]}", ["a.test", "b.test"]),
        ("Ingress", "{rules: [{host: a.test}, {http: {}}]}", ["a.test", ""]),
        ("Route", "{host: a.test}", ["a.test"]),
        ("HTTPProxy", "{virtualhost: {fqdn: a.test}}", ["a.test"]),
        (
            "IngressRoute",
            "{routes: [{match: 'Host(`a.test`, `b.test`) && Path(`/x`)'}]}",
            ["a.test", "b.test"],
        ),
        ("IngressRoute", "{routes: [{match: 'HostRegexp(`.+`)'}]}", [""]),
    ],
)
def test_a_route_says_its_hosts(kind, spec, hosts):
    assert hosts_of(thing(kind, spec)) == hosts


@pytest.mark.parametrize(
    ("host", "pattern", "fits"),
    [
        ("a.test", "a.test", True),
        ("a.test", "*.test", True),
        ("a.test", "", True),
        ("a.test", "b.test", False),
        ("a.test", "*.other", False),
    ],
)
def test_a_pattern_of_hosts(host, pattern, fits):
    assert is_of(host, pattern) is fits


@pytest.mark.parametrize(
    ("kind", "spec", "outside"),
    [
        ("VirtualService", "{gateways: [public]}", True),
        ("VirtualService", "{gateways: [mesh, public]}", True),
        ("VirtualService", "{gateways: [mesh]}", False),
        ("VirtualService", "{}", False),
        ("HTTPRoute", "{parentRefs: [{name: public}]}", True),
        ("HTTPRoute", "{parentRefs: [{kind: Service, name: shop}]}", False),
        ("Ingress", "{}", True),
    ],
)
def test_what_only_the_mesh_says_is_not_from_outside(kind, spec, outside):
    assert is_from_outside(thing(kind, spec)) is outside
