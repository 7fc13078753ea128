"""What a proxy tells an application about the request: who, from where, by which name.

Rule 1: a client is no proxy. From a peer that is not trusted (`gate.trust`) none of these fields
passes, in any spelling, so that nobody but the gate and the proxies it trusts says who the client
is, which path was asked for, or whose certificate was shown.
Rule 2: from a trusted peer they pass as they came: naming a proxy in `trusted_proxy_ips` means that
it answers for all of them, or for those in `trusted_proxy_headers` where that says some.
Rule 3: what the gate knows better it writes itself, once, and no other copy passes: the chain of
addresses with the peer at its end, the client's address, scheme and host as it believes them.

All names are folded (`http1.names.fold`).
"""

from collections.abc import Iterable

WRITTEN = frozenset(
    {
        b"x-forwarded-for",  # appended: what came, and the peer
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-real-ip",
    }
)
"""Fields that the gate writes into each request."""

NEVER = frozenset({b"proxy"})
"""Fields that pass from nobody: CGI programs take `Proxy` for a setting (CVE-2016-5385)."""

_ADDRESS = (
    "Forwarded Forwarded-For X-Forwarded X-Forwarded-By X-Forwarded-Client-IP "
    "X-Original-Forwarded-For X-Original-For X-Client-IP X-Cluster-Client-IP X-ProxyUser-IP "
    "X-Remote-IP X-Remote-Addr X-Envoy-External-Address X-Envoy-Internal CF-Connecting-IP "
    "CF-Connecting-IPv6 CF-Pseudo-IPv4 True-Client-IP Fastly-Client-IP Fly-Client-IP "
    "X-Azure-ClientIP X-Azure-SocketIP X-AppEngine-User-IP CloudFront-Viewer-Address"
)
_PLACE = (
    "X-Forwarded-Uri X-Forwarded-Url X-Forwarded-Path X-Forwarded-PathBase X-Forwarded-Prefix "
    "X-Forwarded-Context X-Forwarded-Method X-Forwarded-Port X-Forwarded-Server "
    "X-Forwarded-Scheme X-Forwarded-Protocol X-Forwarded-Ssl X-Original-Url X-Original-Uri "
    "X-Original-Path X-Original-Method X-Original-Host X-Original-Proto X-Original-Scheme "
    "X-Original-Prefix X-Original-Port X-Rewrite-Url X-Envoy-Original-Path "
    "X-Envoy-Original-Host X-Host X-HTTP-Host-Override X-Scheme X-Url-Scheme "
    "X-Forwarded-Proto-Version Front-End-Https X-Script-Name Script-Name Path-Info "
    "X-Sendfile-Type X-Accel-Mapping CloudFront-Forwarded-Proto CF-Visitor X-Request-Id"
)
# Certificates that a proxy verified (RFC 9440 and older names); people as other gates name them.
_PERSON = (
    "Client-Cert Client-Cert-Chain X-Client-Cert X-Client-Certificate X-SSL-Cert X-ARR-ClientCert "
    "X-Forwarded-Client-Cert Remote-User Remote-Email Remote-Name Remote-Groups X-Remote-User "
    "X-Remote-Email X-Remote-Name X-Remote-Group X-Remote-Groups X-Authenticated-User "
    "X-Vouch-User CF-Access-Authenticated-User-Email X-Amzn-Oidc-Identity"
)

OF_PROXIES = frozenset(
    name.lower().encode("ascii") for names in (_ADDRESS, _PLACE, _PERSON) for name in names.split()
)
"""Fields that pass from trusted peers only."""

OF_PROXIES_FAMILIES = (
    b"ssl-client-",
    b"x-ssl-client-",
    b"x-forwarded-tls-client-cert",
    b"x-authentik-",
    b"x-goog-authenticated-user-",
    b"x-ms-client-principal",
    b"x-webauth-",
    b"tailscale-user-",
)
"""Beginnings of names of such fields."""


def unanswered(named: Iterable[str]) -> tuple[frozenset[bytes], tuple[bytes, ...]]:
    """Return the names and families that trusted peers do not answer for when they do for `named`.

    None where that is empty: for all. A name of a family stands for the whole of it.
    """
    answered = frozenset(name.lower().encode("ascii") for name in named)
    if not answered:
        return frozenset(), ()
    families = (
        family
        for family in OF_PROXIES_FAMILIES
        if not any(name.startswith(family) for name in answered)
    )
    return (OF_PROXIES | WRITTEN) - answered, tuple(families)
