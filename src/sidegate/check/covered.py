"""Whether something in front of an application asks for a sign-in, as far as manifests show it.

In doubt it does: what a route names and nobody shows (a Middleware elsewhere) may be what asks.
"""

from __future__ import annotations

from collections.abc import Iterator

from sidegate.manifests.mesh import is_for
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Thing
from sidegate.manifests.routes import hosts_of, is_of

ASK = ("auth", "oidc", "jwt", "iap")
"""Parts of the names of settings that ask who somebody is."""
UNSEEN = ("backend-config", "plugins")
"""Annotations of GKE and Kong that name objects which may ask."""
MIDDLEWARES = "router.middlewares"
OFF = ("", "false", "none", "off")
FILTERS = ("ext_authz.v3", "oauth2.v3", "jwt_authn.v3")
"""Filters of Envoy that ask."""


def is_asked(route: Thing, service: Thing, thing: Thing, manifests: Manifests) -> bool:
    """Tell whether who comes by a route to a Service of a workload has to sign in."""
    return (
        any(annotated(one, manifests) for one in (route, service))
        or any(by_route(route, manifests))
        or any(aims_at(policy, route, service) for policy in manifests.things)
        or any(by_mesh(policy, route, thing, manifests) for policy in manifests.things)
    )


def annotated(thing: Thing, manifests: Manifests) -> bool:
    """Tell whether annotations ask, or the whole of ingress-nginx does by its ConfigMap."""
    annotations = dict(thing.node.at("metadata", "annotations").items())
    for key, node in annotations.items():
        name = key.rpartition("/")[2].lower()
        if name == MIDDLEWARES:
            entries = (entry.partition("@")[0].strip() for entry in node.text.split(","))
            if any(may_ask(entry, manifests) for entry in entries):
                return True
        elif node.text.lower() not in OFF and (
            name.endswith(UNSEEN)
            or any(part in name for part in ASK)
            or "auth_request" in node.text
        ):
            return True
    everywhere = any(
        "global-auth-url" in one.node["data"] for one in manifests.of_kind("ConfigMap")
    )
    opted_out = any(key.endswith("/enable-global-auth") for key in annotations)
    return thing.kind == "Ingress" and everywhere and not opted_out


def may_ask(name: str, manifests: Manifests) -> bool:
    """Tell whether a Middleware asks; a namespace may be before its name. An unseen one may."""
    found = [
        one
        for one in manifests.of_kind("Middleware")
        if name == one.name or name.endswith(f"-{one.name}")
    ]
    return not found or any(mentions(one.spec) or bool(one.spec["chain"]) for one in found)


def mentions(node: Node) -> bool:
    """Tell whether a key at any depth has one of the words that ask."""
    for key, value in node.items():
        if any(part in key.lower() for part in ASK) or mentions(value):
            return True
    return any(mentions(entry) for entry in node)


def by_route(route: Thing, manifests: Manifests) -> Iterator[bool]:
    """Yield for each part of a route whether it asks."""
    for rule in (*route.spec["rules"], *route.spec["routes"]):
        for middleware in rule["middlewares"]:
            yield may_ask(middleware["name"].text, manifests)
        for entry in (*rule["filters"], *(e for b in rule["backendRefs"] for e in b["filters"])):
            name = entry.at("extensionRef", "name").text
            yield "auth" in entry["type"].text.lower() or bool(name and may_ask(name, manifests))
    if route.kind == "HTTPProxy":
        host = route.spec["virtualhost"]
        yield not host or mentions(host)  # without a host it is a part of another


def aims_at(policy: Thing, route: Thing, service: Thing) -> bool:
    """Tell whether a policy of the Gateway API asks at a route, its gateway, or the Service."""
    if policy.kind == "AuthorizationPolicy":
        return False
    refs = (*policy.spec["targetRefs"], policy.spec["targetRef"])
    aims = {(ref["kind"].text, ref["name"].text) for ref in refs}
    parents = {("Gateway", parent["name"].text) for parent in route.spec["parentRefs"]}
    here = {(route.kind, route.name), ("Service", service.name), *parents}
    return bool(aims & here or policy.spec["targetSelectors"]) and (
        "auth" in policy.kind.lower() or mentions(policy.spec)
    )


def by_mesh(policy: Thing, route: Thing, thing: Thing, manifests: Manifests) -> bool:
    """Tell whether a policy of Istio asks: at the pods, or at a gateway for a host of the route."""
    if policy.kind == "EnvoyFilter":
        return any(name in str(policy.spec.plain) for name in FILTERS)
    if policy.kind != "AuthorizationPolicy":
        return False
    wants_token = "requestPrincipals" in str(policy.spec.plain)
    if policy.spec["action"].text != "CUSTOM" and not wants_token:
        return False
    if policy.spec["selector"].value and not is_for(policy, thing):
        others = (one for one in manifests.workloads if not is_proxy(one))
        if any(is_for(policy, one) for one in others):
            return False
    hosts = hosts_of(route)
    return any(meets(rule, hosts) for rule in policy.spec["rules"])


def meets(rule: Node, hosts: list[str]) -> bool:
    """Tell whether a rule is about one of some hosts; one without hosts is about all."""
    texts = (text for to in rule["to"] for text in to.at("operation", "hosts").texts)
    named = [text.partition(":")[0] for text in texts]
    may_be_any = not named or not hosts or bool({"", "*"}.intersection(hosts))
    return may_be_any or any(is_of(host, name) for host in hosts for name in named)


PROXIES = frozenset(
    (
        *("ingress-nginx", "nginx-ingress", "nginx-ingress-controller", "traefik", "envoyproxy"),
        *(
            "envoy",
            "proxyv2",
            "auto",
            "contour",
            "projectcontour",
            "haproxytech",
            "haproxy-ingress",
        ),
        *("kong", "kong-gateway", "apisix", "tyk-gateway", "krakend", "cloudflared"),
    )
)
"""Parts of images that lead requests to others. `auto` is what Istio replaces by its proxy."""


def is_proxy(thing: Thing) -> bool:
    """Tell whether the pods of a workload are a gateway."""
    return runs(thing, PROXIES)


def runs(thing: Thing, images: frozenset[str]) -> bool:
    """Tell whether a container's image is, or lies below, one of some names."""
    for container in (*thing.pod["initContainers"], *thing.pod["containers"]):
        parts = container["image"].text.partition("@")[0].split("/")
        parts[-1] = parts[-1].partition(":")[0]
        if images.intersection(parts):
            return True
    return False
