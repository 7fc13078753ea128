"""Labels, routes and policies show that a proxy of Istio is in front of pods."""

import pytest

from sidegate.manifests.mesh import behind_istio
from sidegate.manifests.objects import Source, collect

APPLICATION = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}, annotations: {}}, spec: {containers: [{name: w}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}}
---
"""


def namespace(label: str, name: str = "shop") -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{label}}}}}\n"


def route(host: str) -> str:
    spec = f"http: [{{route: [{{destination: {{host: {host}}}}}]}}]"
    meta = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: r}\n"
    return f"{meta}spec: {{{spec}}}\n"


def policy(spec: str) -> str:
    return (
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
        f"metadata: {{name: p, namespace: shop}}\nspec: {{{spec}}}\n"
    )


GATEWAY_API = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public}
spec: {gatewayClassName: CLASS}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec: {parentRefs: [{name: public}], rules: [{backendRefs: [{name: web, port: 80}]}]}
"""
NO = 'labels: {app: web, sidecar.istio.io/inject: "false"}'
YES = NO.replace("false", "true")
REVISION = "labels: {app: web, istio.io/rev: canary}"


@pytest.mark.parametrize(
    ("labels", "more", "why"),
    [
        ("", "", ""),
        (YES, "", "its pods are labelled sidecar.istio.io/inject"),
        (YES.replace("labels: {app: web,", "labels: {app: web}, annotations: {"), "", "its pods"),
        (REVISION, "", "its pods are labelled for Istio"),
        ("", namespace("istio-injection: enabled"), "Namespace shop is labelled for Istio"),
        ("", namespace("istio.io/rev: canary"), "Namespace shop is labelled for Istio"),
        ("", namespace("istio.io/dataplane-mode: ambient"), "Namespace shop"),
        ("", namespace("istio-injection: disabled"), ""),
        ("", namespace("istio-injection: enabled", "other"), ""),
        (NO, namespace("istio-injection: enabled"), ""),
        ("", route("web"), "VirtualService r leads to it"),
        (NO, route("web.shop.svc.cluster.local"), "VirtualService r leads to it"),
        ("", route("web.other"), ""),
        ("", route("api"), ""),
        ("", GATEWAY_API.replace("CLASS", "istio"), "HTTPRoute web leads to it"),
        ("", GATEWAY_API.replace("CLASS", "eg"), ""),
        ("", policy("mtls: {mode: STRICT}"), "PeerAuthentication p is for its pods"),
        ("", policy("selector: {matchLabels: {app: web}}"), "PeerAuthentication p"),
        ("", policy("selector: {matchLabels: {app: api}}"), ""),
        ("", policy("targetRefs: [{kind: Gateway, name: g}]"), ""),
    ],
)
def test_istio_is_seen_where_it_is_in_front(labels, more, why):
    text = APPLICATION + more
    if labels:
        assert "labels: {app: web}" in text
        text = text.replace("labels: {app: web}, annotations: {}", labels, 1)
    manifests = collect([Source("f", text)])
    found = behind_istio(manifests.workloads[0], manifests)
    assert found.startswith(why)
    assert bool(found) is bool(why)


def test_a_workload_without_a_namespace_may_be_in_any():
    text = APPLICATION.replace(", namespace: shop", "") + namespace("istio-injection: enabled")
    manifests = collect([Source("f", text)])
    assert behind_istio(manifests.workloads[0], manifests)
