"""A way to an application without a gate is found, unless something on it may ask for a sign-in."""

import pytest

from sidegate.check.finders.ungated import find
from sidegate.manifests.objects import Source, collect

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example/web:1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, annotations: {}}
spec: {selector: {app: web}, type: ClusterIP, ports: [{port: 80, targetPort: 8080}]}
---
"""


def thing(group: str, kind: str, spec: str, *, name: str = "r", annotations: str = "") -> str:
    meta = f"{{name: {name}, namespace: shop, annotations: {{{annotations}}}}}"
    return f"apiVersion: {group}/v1\nkind: {kind}\nmetadata: {meta}\nspec: {spec}\n---\n"


def ingress(annotations: str = "") -> str:
    backend = "{service: {name: web, port: {number: 80}}}"
    spec = f"{{rules: [{{host: web.test, http: {{paths: [{{backend: {backend}}}]}}}}]}}"
    return thing("networking.k8s.io", "Ingress", spec, annotations=annotations)


def http_route(more: str = "") -> str:
    rule = f"{{backendRefs: [{{name: web, port: 80}}]{more}}}"
    spec = f"{{parentRefs: [{{name: public}}], hostnames: [web.test], rules: [{rule}]}}"
    return thing("gateway.networking.k8s.io", "HTTPRoute", spec)


def virtual_service(gateways: str = "[istio-ingress/public]", host: str = "web.test") -> str:
    route = "[{route: [{destination: {host: web, port: {number: 80}}}]}]"
    spec = f"{{hosts: [{host}], gateways: {gateways}, http: {route}}}"
    return thing("networking.istio.io", "VirtualService", spec)


def ingress_route(more: str = "") -> str:
    spec = f"{{routes: [{{match: 'Host(`web.test`)', services: [{{name: web}}]{more}}}]}}"
    return thing("traefik.io", "IngressRoute", spec)


def custom(spec: str, namespace: str = "istio-ingress") -> str:
    text = thing("security.istio.io", "AuthorizationPolicy", spec, name="ask")
    return text.replace("namespace: shop", f"namespace: {namespace}")


def middleware(spec: str) -> str:
    return thing("traefik.io", "Middleware", spec, name="front")


OPENSHIFT = thing("route.openshift.io", "Route", "{host: web.test, to: {name: web}}")
CONTOUR = "{virtualhost: {fqdn: web.test}, routes: [{services: [{name: web, port: 80}]}]}"
GLOBAL = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: nginx}\ndata: {global-auth-url: 'http://g'}\n"
OTHER = WEB.partition("---")[0].replace("web", "api") + "---\n"
HOSTS = "{action: CUSTOM, provider: {name: p}, rules: [{to: [{operation: {hosts: [HOST]}}]}]}"
ON_API = "{action: CUSTOM, selector: {matchLabels: {app: api}}, rules: [{}]}"
TWIN = WEB.partition("---")[0].replace("name: web", "name: twin", 1) + "---\n"
ON_GATEWAY = "{action: CUSTOM, selector: {matchLabels: {istio: ingressgateway}}, rules: [{}]}"
ENVOY = "{configPatches: [{typed_config: {'@type': a.http.ext_authz.v3.ExtAuthz}}]}"
TARGET = "{targetRefs: [{kind: KIND, name: NAME}], WHAT: {}}"


def policy(kind: str, name: str, what: str) -> str:
    spec = TARGET.replace("KIND", kind).replace("NAME", name).replace("WHAT", what)
    return thing("gateway.envoyproxy.io", "SecurityPolicy", spec)


EXPOSED = [
    ingress(),
    ingress("nginx.ingress.kubernetes.io/auth-url: ''"),
    ingress("nginx.ingress.kubernetes.io/enable-global-auth: 'false'") + GLOBAL,
    ingress("alb.ingress.kubernetes.io/auth-type: none"),
    ingress("traefik.ingress.kubernetes.io/router.middlewares: shop-front@kubernetescrd")
    + middleware("{stripPrefix: {prefixes: [/a]}}"),
    http_route(),
    http_route(", filters: [{type: RequestHeaderModifier}]"),
    http_route() + policy("HTTPRoute", "r", "cors"),
    http_route() + policy("HTTPRoute", "other", "oidc"),
    virtual_service(),
    virtual_service() + custom(HOSTS.replace("HOST", "other.test")),
    virtual_service() + OTHER + custom(ON_API, "shop"),
    virtual_service() + custom("{action: DENY, rules: [{}]}", "shop"),
    virtual_service() + custom(HOSTS.replace("HOST", "other.test"), "shop"),
    ingress_route(),
    ingress_route(", middlewares: [{name: front}]") + middleware("{compress: {}}"),
    OPENSHIFT,
    thing("projectcontour.io", "HTTPProxy", CONTOUR),
]
COVERED = [
    ingress("nginx.ingress.kubernetes.io/auth-url: 'http://gate.shop.svc/oauth2/auth'"),
    ingress("nginx.ingress.kubernetes.io/configuration-snippet: 'auth_request /oauth2/auth;'"),
    ingress("alb.ingress.kubernetes.io/auth-type: oidc"),
    ingress("nginx.com/jwt-key: jwk"),
    ingress("konghq.com/plugins: oidc"),
    ingress("traefik.ingress.kubernetes.io/router.middlewares: shop-front@kubernetescrd"),
    ingress("traefik.ingress.kubernetes.io/router.middlewares: shop-front@kubernetescrd")
    + middleware("{forwardAuth: {address: 'http://gate'}}"),
    ingress() + GLOBAL,
    http_route(", filters: [{type: ExternalAuth}]"),
    http_route(", filters: [{type: ExtensionRef, extensionRef: {kind: Middleware, name: front}}]"),
    http_route() + policy("HTTPRoute", "r", "oidc"),
    http_route() + policy("Gateway", "public", "extAuth"),
    http_route() + policy("Service", "web", "jwt"),
    http_route() + policy("Gateway", "public", "default: {iap: {enabled: true}}, a"),
    virtual_service() + custom(HOSTS.replace("HOST", "web.test")),
    virtual_service() + custom(HOSTS.replace("HOST", "'*.test:*'")),
    virtual_service() + custom(ON_GATEWAY),
    virtual_service() + custom("{action: CUSTOM, rules: [{}]}", "shop"),
    virtual_service() + TWIN + custom(ON_API.replace("app: api", "app: web"), "shop"),
    virtual_service(host="'*'") + custom(HOSTS.replace("HOST", "other.test")),
    virtual_service() + custom("{rules: [{from: [{source: {requestPrincipals: ['*']}}]}]}", "shop"),
    virtual_service() + thing("networking.istio.io", "EnvoyFilter", ENVOY),
    virtual_service("[mesh]"),
    ingress_route(", middlewares: [{name: front}]"),
    ingress_route(", middlewares: [{name: front}]") + middleware("{basicAuth: {secret: s}}"),
    thing("projectcontour.io", "HTTPProxy", CONTOUR.replace("{fqdn", "{authorization: {}, fqdn")),
    thing("projectcontour.io", "HTTPProxy", CONTOUR.replace("virtualhost: {fqdn: web.test}, ", "")),
]


def found(text: str) -> list[str]:
    return [one.id for one in find(collect([Source("f", text)]))]


@pytest.mark.parametrize("front", EXPOSED)
def test_a_route_on_which_nobody_asks_is_found(front):
    assert found(WEB + front) == ["exposed-without-gate"]


@pytest.mark.parametrize("front", COVERED)
def test_a_route_on_which_somebody_may_ask_is_fine(front):
    assert found(WEB + front) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ClusterIP", "ClusterIP"),
        ("ports: [{port: 80", "ports: [{port: 5432"),
        ("ports: [{port: 80", "ports: [{name: postgres, port: 80"),
        ("ports: [{port: 80", "ports: [{protocol: UDP, port: 80"),
        ("targetPort: 8080", "targetPort: 4180"),
        ("targetPort: 8080", "targetPort: gate"),
        ("app: web}}", "app: web, sidegate/gate: sidecar}}"),
        ("{name: web, namespace: shop}", "{name: web, labels: {sidegate/gate: sidecar}}"),
        ("registry.example/web:1", "registry.example/sidegate:0.1.0"),
        ("registry.example/web:1", "quay.io/keycloak/keycloak:26.0"),
        ("registry.example/web:1", "registry.k8s.io/ingress-nginx/controller:v1.13.0@sha256:1"),
        ("annotations: {}", "annotations: {cloud.google.com/backend-config: x}"),
    ],
)
@pytest.mark.parametrize("kind", ["LoadBalancer", "NodePort"])
def test_a_service_is_fine_where_it_is_no_way_in_or_no_gate_is_missing(old, new, kind):
    text = WEB if new == "ClusterIP" else WEB.replace("ClusterIP", kind)
    assert found(text.replace(old, new)) == []


@pytest.mark.parametrize("kind", ["LoadBalancer", "NodePort"])
def test_a_service_that_is_reached_from_outside_is_found(kind):
    assert found(WEB.replace("ClusterIP", kind)) == ["exposed-without-gate"]


def test_the_node_port_of_a_load_balancer_that_asks_is_fine():
    text = WEB.replace("ClusterIP", "NodePort") + ingress(
        "alb.ingress.kubernetes.io/auth-type: oidc"
    )
    assert found(text) == []
