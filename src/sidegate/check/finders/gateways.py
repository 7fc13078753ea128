"""Where connections come in: TLS, its version, its certificate, and plain HTTP."""

from __future__ import annotations

from collections.abc import Iterator

from sidegate.check.finding import Finding, seen
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Thing

GOOD_VERSIONS = ("TLSV1_2", "TLSV1_3")


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield gateways and Ingresses that let in plain or weakly sealed connections."""
    for thing in manifests.of_kind("Gateway"):
        if thing.group.startswith("networking.istio.io"):
            for server in thing.spec["servers"]:
                yield from istio(thing, server)
        else:
            for listener in thing.spec["listeners"]:
                yield from gateway_api(thing, listener)
    for thing in manifests.of_kind("Ingress"):
        if not list(thing.spec["tls"]):
            yield seen("gateway-plain-http", thing, thing.spec, "an Ingress without tls")
    for thing in manifests.of_kind("Route"):
        yield from openshift(thing)


def istio(thing: Thing, server: Node) -> Iterator[Finding]:
    """Yield what is wrong with one server of an Istio Gateway."""
    tls, port = server["tls"], server["port"]
    if port["protocol"].text.upper() in ("HTTP", "HTTP2", "GRPC"):
        if not tls["httpsRedirect"].is_true():
            what = f"port {port['number'].text} takes HTTP without httpsRedirect"
            yield seen("gateway-plain-http", thing, port, what)
        return
    if tls["mode"].text in ("PASSTHROUGH", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL"):
        return
    version = tls["minProtocolVersion"]
    if version.text not in GOOD_VERSIONS:
        what = f"minProtocolVersion is {version.text}" if version else "no minProtocolVersion"
        yield seen("gateway-tls-version", thing, version or tls or server, what)
    if not (tls["credentialName"].text or tls["credentialNames"] or tls["serverCertificate"].text):
        what = f"tls.mode {tls['mode'].text or '?'} without credentialName"
        yield seen("gateway-no-certificate", thing, tls or server, what)


def gateway_api(thing: Thing, listener: Node) -> Iterator[Finding]:
    """Yield what is wrong with one listener of a Gateway of the Gateway API."""
    if listener["protocol"].text == "HTTPS":
        tls = listener["tls"]
        if tls["mode"].text != "Passthrough" and not list(tls["certificateRefs"]):
            what = f"listener {listener['name'].text} without certificateRefs"
            yield seen("gateway-no-certificate", thing, tls or listener, what)


def openshift(thing: Thing) -> Iterator[Finding]:
    """Yield what is wrong with a Route of OpenShift."""
    tls = thing.spec["tls"]
    if not tls:
        yield seen("gateway-plain-http", thing, thing.spec, "a Route without tls")
    elif tls["insecureEdgeTerminationPolicy"].text == "Allow":
        where = tls["insecureEdgeTerminationPolicy"]
        yield seen("gateway-plain-http", thing, where, "insecureEdgeTerminationPolicy is Allow")
