"""What the parts of a running gate let operators see. Imported only where somebody scrapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sidegate.app.keys import Keys
from sidegate.app.providers import Connected
from sidegate.net.server_tls import Certificate
from sidegate.net.service import Service
from sidegate.observe.measures import Kind, Measure, Values, by_label, one
from sidegate.providers.key_set import KeySet

if TYPE_CHECKING:
    from sidegate.net.redis_link import RedisLink


def measures(
    service: Service,
    connected: Sequence[Connected],
    keys: Keys,
    certificates: Mapping[str, Certificate],
    link: RedisLink | None,
    unready: Callable[[], Sequence[str]],
) -> Iterator[Measure]:
    """Yield what all of them know."""
    yield from of_readiness(unready)
    yield from of_service(service)
    yield from of_providers(connected)
    yield from of_secrets(keys, certificates)
    if link is not None:
        yield from of_store(link)


def of_service(service: Service) -> Iterator[Measure]:
    """Yield what is known of connections, to clients and to applications."""
    pool = service.pool
    yield Measure(
        "sidegate_client_connections",
        Kind.GAUGE,
        "Client connections that are open.",
        one(lambda: len(service.connections)),
    )
    yield Measure(
        "sidegate_websockets_open",
        Kind.GAUGE,
        "WebSockets that are open.",
        one(lambda: len(service.tunnels)),
    )
    yield Measure(
        "sidegate_upstream_connections",
        Kind.GAUGE,
        "Connections to applications, by what they do.",
        lambda: [(("active",), pool.here - pool.idle), (("idle",), pool.idle)],
        ("state",),
    )
    for name, text, read in (
        ("opened", "Connections to applications that were begun.", lambda: pool.opened),
        ("reused", "Requests that went over a connection of before.", lambda: pool.reused),
        ("failed", "Connections to applications that could not be had.", lambda: pool.failed),
    ):
        yield Measure(f"sidegate_upstream_connections_{name}_total", Kind.COUNTER, text, one(read))


def of_providers(connected: Sequence[Connected]) -> Iterator[Measure]:
    """Yield what is known of the identity providers."""

    def each(read: Callable[[Connected], float]) -> Callable[[], Values]:
        return lambda: [((provider.provider.id,), read(provider)) for provider in connected]

    yield Measure(
        "sidegate_provider_ready",
        Kind.GAUGE,
        "Whether people can sign in there: it was discovered.",
        each(lambda provider: not provider.provider.unready_reason()),
        ("provider",),
    )
    yield Measure(
        "sidegate_provider_up",
        Kind.GAUGE,
        "Whether the last call was answered.",
        each(lambda provider: provider.calls.is_up),
        ("provider",),
    )
    yield Measure(
        "sidegate_provider_last_success_timestamp_seconds",
        Kind.GAUGE,
        "When a call was answered last, in seconds since the epoch, 0: never.",
        each(lambda provider: provider.calls.answered_at),
        ("provider",),
    )
    yield Measure(
        "sidegate_provider_request_duration_seconds",
        Kind.HISTOGRAM,
        "What calls took, by what was asked for.",
        lambda: _calls(connected, lambda provider: by_label(provider.calls.durations)()),
        ("provider", "endpoint"),
    )
    yield Measure(
        "sidegate_provider_requests_total",
        Kind.COUNTER,
        "Calls by what was asked for and what came of it.",
        lambda: _calls(connected, lambda provider: provider.calls.outcomes.items()),
        ("provider", "endpoint", "outcome"),
    )
    yield from _of_keys(connected)


def _calls(
    connected: Sequence[Connected],
    read: Callable[[Connected], Values],
) -> Values:
    return [
        ((provider.provider.id, *labels), number)
        for provider in connected
        for labels, number in read(provider)
    ]


def _of_keys(connected: Sequence[Connected]) -> Iterator[Measure]:
    """Yield what is known of the keys that sign ID tokens; not all providers have any."""
    sets = [(c.provider.id, getattr(c.provider, "keys", None)) for c in connected]
    keys = [(name, found) for name, found in sets if isinstance(found, KeySet)]
    yield Measure(
        "sidegate_provider_keys_last_success_timestamp_seconds",
        Kind.GAUGE,
        "When the keys of the provider were fetched, in seconds since the epoch, 0: never.",
        lambda: [((name,), found.came_at) for name, found in keys],
        ("provider",),
    )
    yield Measure(
        "sidegate_provider_key_fetch_failures_total",
        Kind.COUNTER,
        "Tries to fetch the keys of the provider that brought none.",
        lambda: [((name,), found.failures) for name, found in keys],
        ("provider",),
    )


def of_secrets(keys: Keys, certificates: Mapping[str, Certificate]) -> Iterator[Measure]:
    """Yield how old the cookie secret is, and until when the own certificates last."""
    yield Measure(
        "sidegate_cookie_secret_timestamp_seconds",
        Kind.GAUGE,
        "When the cookie secret that seals now came, in seconds since the epoch.",
        one(lambda: keys.sealing_since),
    )
    yield Measure(
        "sidegate_certificate_expiry_timestamp_seconds",
        Kind.GAUGE,
        "When the certificate of a listener of ours ends, in seconds since the epoch.",
        lambda: [((name,), end) for name, own in certificates.items() for end in _ends(own.chain)],
        ("listener",),
    )


def _ends(chain: bytes) -> list[float]:
    """Return when the first certificate of a chain that ends does so; none if nobody can tell."""
    from cryptography import x509  # few gates have a certificate of their own

    try:
        found = x509.load_pem_x509_certificates(chain)
    except ValueError:
        return []
    return [min(one.not_valid_after_utc.timestamp() for one in found)]


def of_store(link: RedisLink) -> Iterator[Measure]:
    """Yield what is known of the Redis that keeps the sessions."""
    yield Measure(
        "sidegate_store_up",
        Kind.GAUGE,
        "Whether sessions can be kept in Redis.",
        one(lambda: not link.unready_reason()),
    )
    yield Measure(
        "sidegate_store_left_alone",
        Kind.GAUGE,
        "Whether Redis is left alone after failures in a row: the circuit is open.",
        one(lambda: link.is_left_alone),
    )
    yield Measure(
        "sidegate_store_errors_total",
        Kind.COUNTER,
        "Commands to Redis that had no answer or were refused.",
        one(lambda: link.failures),
    )
    yield Measure(
        "sidegate_store_duration_seconds",
        Kind.HISTOGRAM,
        "What commands to Redis took.",
        lambda: [((), link.durations)],
    )


def of_readiness(unready: Callable[[], Sequence[str]]) -> Iterator[Measure]:
    """Yield whether the gate wants to be sent requests."""
    yield Measure(
        "sidegate_ready", Kind.GAUGE, "Whether /ready says yes.", one(lambda: not unready())
    )
