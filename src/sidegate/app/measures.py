"""What the parts of a running gate let operators see. Imported only where somebody scrapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from sidegate.app.keys import Keys
from sidegate.net.server_tls import Certificate
from sidegate.net.service import Service
from sidegate.observe.measures import Family, Kind, Measure
from sidegate.observe.provider_calls import ProviderCalls
from sidegate.providers.key_set import KeySet

if TYPE_CHECKING:
    from sidegate.app.shared_server import SharedServer

Unready = Callable[[], Sequence[str]]


class Source(Protocol):
    """Whoever signs tokens that are believed here: a provider, or an issuer without sign-ins."""

    @property
    def id(self) -> str:
        """What it is called in the configuration."""

    def unready_reason(self) -> str:
        """Say why it is of no use right now, or empty text."""


class Asked(Protocol):
    """A source and what calls to it came to."""

    @property
    def provider(self) -> Source:
        """Who is asked."""

    @property
    def calls(self) -> ProviderCalls:
        """What was counted."""


def measures(
    service: Service,
    asked: Iterable[Asked],
    keys: Keys,
    certificates: Mapping[str, Certificate],
    shared: SharedServer | None,
    unready: Unready,
) -> Iterator[Measure]:
    """Yield what all of them know."""
    sources = {one.provider.id: one for one in asked}
    # Not all providers have keys that sign ID tokens.
    sets = {name: getattr(one.provider, "keys", None) for name, one in sources.items()}
    key_sets = {name: found for name, found in sets.items() if isinstance(found, KeySet)}
    yield READY.of(unready)
    yield from (family.of(service) for family in OF_SERVICE)
    yield from (family.of_each("provider", sources) for family in OF_PROVIDERS)
    yield from (family.of_each("provider", key_sets) for family in OF_KEYS)
    yield SECRET_AGE.of(keys)
    yield CERTIFICATE_END.of_each("listener", certificates)
    if shared is not None:
        yield from (family.of(shared) for family in OF_STORE)


def _end(certificate: Certificate) -> float | None:
    """Return when the first certificate of a chain that ends does so; None if nobody can tell."""
    from cryptography import x509  # few gates have a certificate of their own

    try:
        found = x509.load_pem_x509_certificates(certificate.chain)
    except ValueError:
        return None
    return min(one.not_valid_after_utc.timestamp() for one in found)


_COUNTER, _GAUGE, _HISTOGRAM = Kind.COUNTER, Kind.GAUGE, Kind.HISTOGRAM

READY: Final[Family[Unready]] = Family(
    "sidegate_ready", _GAUGE, "Whether /ready says yes.", lambda unready: not unready()
)
OF_SERVICE: Final[tuple[Family[Service], ...]] = (
    Family(
        "sidegate_client_connections",
        _GAUGE,
        "Client connections that are open.",
        lambda service: len(service.connections),
    ),
    Family(
        "sidegate_websockets_open",
        _GAUGE,
        "WebSockets that are open.",
        lambda service: len(service.tunnels),
    ),
    Family(
        "sidegate_upstream_connections",
        _GAUGE,
        "Connections to applications, by what they do.",
        lambda service: {
            "active": service.pool.here - service.pool.idle,
            "idle": service.pool.idle,
        },
        ("state",),
    ),
    Family(
        "sidegate_upstream_connections_opened_total",
        _COUNTER,
        "Connections to applications that were begun.",
        lambda service: service.pool.opened,
    ),
    Family(
        "sidegate_upstream_connections_reused_total",
        _COUNTER,
        "Requests that went over a connection of before.",
        lambda service: service.pool.reused,
    ),
    Family(
        "sidegate_upstream_connections_failed_total",
        _COUNTER,
        "Connections to applications that could not be had.",
        lambda service: service.pool.failed,
    ),
)
OF_PROVIDERS: Final[tuple[Family[Asked], ...]] = (
    Family(
        "sidegate_provider_ready",
        _GAUGE,
        "Whether it was discovered: people can sign in there, or its tokens are accepted.",
        lambda one: not one.provider.unready_reason(),
    ),
    Family(
        "sidegate_provider_up",
        _GAUGE,
        "Whether the last call was answered.",
        lambda one: one.calls.is_up,
    ),
    Family(
        "sidegate_provider_last_success_timestamp_seconds",
        _GAUGE,
        "When a call was answered last, in seconds since the epoch, 0: never.",
        lambda one: one.calls.answered_at,
    ),
    Family(
        "sidegate_provider_request_duration_seconds",
        _HISTOGRAM,
        "What calls took, by what was asked for.",
        lambda one: one.calls.durations,
        ("endpoint",),
    ),
    Family(
        "sidegate_provider_requests_total",
        _COUNTER,
        "Calls by what was asked for and what came of it.",
        lambda one: one.calls.outcomes.items(),
        ("endpoint", "outcome"),
    ),
)
OF_KEYS: Final[tuple[Family[KeySet], ...]] = (
    Family(
        "sidegate_provider_keys_last_success_timestamp_seconds",
        _GAUGE,
        "When the keys of the provider were fetched, in seconds since the epoch, 0: never.",
        lambda keys: keys.came_at,
    ),
    Family(
        "sidegate_provider_key_fetch_failures_total",
        _COUNTER,
        "Tries to fetch the keys of the provider that brought none.",
        lambda keys: keys.failures,
    ),
)
SECRET_AGE: Final[Family[Keys]] = Family(
    "sidegate_cookie_secret_timestamp_seconds",
    _GAUGE,
    "When the cookie secret that seals now came, in seconds since the epoch.",
    lambda keys: keys.sealing_since,
)
CERTIFICATE_END: Final[Family[Certificate]] = Family(
    "sidegate_certificate_expiry_timestamp_seconds",
    _GAUGE,
    "When the certificate of a listener of ours ends, in seconds since the epoch.",
    _end,
)
OF_STORE: Final[tuple[Family[SharedServer], ...]] = (
    Family(
        "sidegate_store_up",
        _GAUGE,
        "Whether sessions can be kept in Redis.",
        lambda shared: not shared.link.unready_reason(),
    ),
    Family(
        "sidegate_store_left_alone",
        _GAUGE,
        "Whether Redis is left alone after failures in a row: the circuit is open.",
        lambda shared: shared.link.is_left_alone,
    ),
    Family(
        "sidegate_store_errors_total",
        _COUNTER,
        "Commands to Redis that had no answer or were refused.",
        lambda shared: shared.link.failures,
    ),
    Family(
        "sidegate_store_duration_seconds",
        _HISTOGRAM,
        "What commands to Redis took.",
        lambda shared: shared.link.durations,
    ),
    Family(
        "sidegate_sessions_kept",
        _GAUGE,
        "Sessions in Redis, of all gates that share them.",
        lambda shared: shared.kept,
    ),
)
