"""Certificates: of our own listeners, of the public address, of providers and https upstreams."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509

from sidegate.app.process import upstream_tls
from sidegate.config.settings import RedisSettings, redis_addresses
from sidegate.core.errors import ConfigurationError
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.doctor.finding import Finding, problem, warning
from sidegate.doctor.providers import called, make
from sidegate.doctor.scene import Scene, parse_address
from sidegate.doctor.tls import judge_days, judge_error, judge_server
from sidegate.net.client_tls import client_context
from sidegate.net.server_tls import server_context

Server = tuple[str, str, int, ssl.SSLContext]
"""Whose it is, host, port, and by which authorities it is verified."""


async def check_certificates(scene: Scene) -> list[Finding]:
    """Look at every certificate that is used."""
    servers = list(dict.fromkeys(_servers(scene)))
    now = scene.clock()
    judged = await asyncio.gather(*(judge_server(*server, now) for server in servers))
    ours = [*_own(scene, now), *_of_metrics(scene, now)]
    return [*ours, *(one for one in judged if one is not None)]


def _servers(scene: Scene) -> Iterator[Server]:
    for one in scene.settings.providers:
        try:
            context = client_context(one)
            urls = called(one, make(one, _nobody, scene))
        except ConfigurationError:
            continue  # the check of providers tells
        for address in dict.fromkeys(map(parse_address, urls)):
            if address is not None and address.scheme == "https":
                yield f"provider {one.id}, {address.host}", address.host, address.port, context
    verified, unverified = upstream_tls(scene.settings)
    for upstream in scene.settings.upstream.upstreams:
        origin = upstream.origin
        if origin is None or origin.scheme != "https":
            continue
        used = verified if origin.verify else unverified
        if used is not None:
            yield f"upstream {origin}", origin.host, origin.port, used
    yield from _redis(scene.settings.redis)
    if scene.is_told and scene.public is not None and scene.public.scheme == "https":
        public = scene.public
        yield f"public address {public.host}", public.host, public.port, public_context()


def _redis(settings: RedisSettings) -> Iterator[Server]:
    if settings.session_store_type != "redis" or settings.redis_insecure_skip_tls_verify:
        return
    try:
        context = ssl.create_default_context(cafile=settings.redis_ca_path or None)
    except OSError:
        return  # the check of Redis tells
    for address in redis_addresses(settings):
        if address.is_tls and not address.socket_path:
            yield f"Redis {address.host}:{address.port}", address.host, address.port, context


def public_context() -> ssl.SSLContext:
    """Return the trust of a browser on this machine."""
    return ssl.create_default_context()


async def _nobody(_: FetchRequest, /) -> FetchResponse:
    raise NotImplementedError  # nothing is asked while a provider is made


def _own(scene: Scene, now: float) -> Iterator[Finding]:
    """Judge the certificate of our own listener as a client would."""
    server = scene.settings.server
    if not server.tls_cert_file:
        return
    about = f"own listener, {server.tls_cert_file}"
    try:
        ours, leaf = _pair(
            server.tls_cert_file, server.tls_key_file, server.tls_min_version, "tls_cert_file"
        )
    except (ConfigurationError, OSError, ValueError) as error:
        yield problem("tls", str(error).splitlines()[0], about)
        return
    yield judge_days(about, leaf.not_valid_after_utc.timestamp(), now)
    names = names_of(leaf)
    host = scene.public.host if scene.public else ""
    if host and not _is_proxied(scene) and not any(fits(host, name) for name in names):
        yield problem("certificate_name", f"{host} is not among {', '.join(names)}", about)
    trust = _verify(ours, names)
    if trust is not None and trust.id in {"certificate_chain", "certificate_untrusted"}:
        # Not a problem by itself: whoever comes may know the authority, this machine does not.
        yield warning(trust.id, trust.seen, about)


def _of_metrics(scene: Scene, now: float) -> Iterator[Finding]:
    """Judge that of the listener for metrics; by which name Prometheus comes nobody knows here."""
    metrics, option = scene.settings.metrics, "metrics_tls_cert_file"
    chain, key = metrics.metrics_tls_cert_file, metrics.metrics_tls_key_file
    if not chain:
        return
    about = f"listener for metrics, {chain}"
    try:
        _, leaf = _pair(chain, key, scene.settings.server.tls_min_version, option)
    except (ConfigurationError, OSError, ValueError) as error:
        yield problem("tls", str(error).splitlines()[0], about)
        return
    yield judge_days(about, leaf.not_valid_after_utc.timestamp(), now)


def _pair(
    chain: str, key: str, min_version: str, option: str
) -> tuple[ssl.SSLContext, x509.Certificate]:
    """Return what serves with these files, and the certificate.

    Raises ConfigurationError, OSError or ValueError for files that do not serve.
    """
    context = server_context(chain, key, min_version, option)
    return context, x509.load_pem_x509_certificate(Path(chain).read_bytes())


def _is_proxied(scene: Scene) -> bool:
    return scene.settings.trust.reverse_proxy


def names_of(certificate: x509.Certificate) -> list[str]:
    """Return the names and addresses that a certificate is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(one) for one in names.get_values_for_type(x509.IPAddress)]
    return [*names.get_values_for_type(x509.DNSName), *addresses]


def fits(host: str, name: str) -> bool:
    """Say whether a name of a certificate is this host's (RFC 6125: a star is one label)."""
    name = name.lower()
    return host == name or (name.startswith("*.") and host.partition(".")[2] == name[2:])


def _verify(ours: ssl.SSLContext, names: list[str]) -> Finding | None:
    """Shake hands with ourselves in memory, as a client that trusts what this machine trusts."""
    if not names:
        return None
    name = names[0].replace("*.", "any.")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = public_context().wrap_bio(to_client, to_server, server_hostname=name)
    server = ours.wrap_bio(to_server, to_client, server_side=True)
    try:
        for _ in range(10):
            for side in (client, server):
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    continue
    except ssl.SSLCertVerificationError as error:
        return judge_error("", error)
    except ssl.SSLError:
        return None
    return None
