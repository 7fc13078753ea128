"""Our counters: plain numbers on the hot path, Prometheus families only when somebody scrapes.

Rule 1: every label has a bounded set of values, whatever clients, upstreams and providers send.
Rule 2: a counter with a fixed set of labels exists from the start with 0, because an alert on a
        series that does not exist never fires.
Rule 3: prometheus_client is imported by `prepare`, so a gate without a listener never pays for it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from sidegate.core.errors import ProviderError, SidegateError, SignInError, UpstreamError
from sidegate.core.messages import Exchange

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds of the response duration, as oauth2-proxy has them."""

METHODS: Final = {
    name.encode(): name
    for name in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE")
}
OTHER: Final = "other"
RELOADS: Final = ("success", "failure")
_NO_ROOM = ("limit_connections", "limit_connections_per_address", "evicted")
_MAX_SERIES = 2048  # of requests_total: a safeguard, routes and methods are bounded already
_SWITCHING_PROTOCOLS = 101


@dataclass(slots=True)
class Durations:
    """One histogram. `counts[i]` fell into bucket i alone; the last is above every bound."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0


class Metrics:
    """Counts what operators watch. Is a `core.messages.Observer`.

    `version` is sidegate's own; `quiet_paths` are the ping and ready paths, which are not
    counted. `in_flight` and `log_lines_dropped` are asked at each scrape; assign them.
    """

    def __init__(self, version: str, quiet_paths: Iterable[str] = ()) -> None:
        self.version = version
        self.registry: Any = None  # the exposition's own, made at the first scrape
        self.in_flight: Callable[[], int] = lambda: 0
        self.log_lines_dropped: Callable[[], int] = lambda: 0
        self._quiet = frozenset(path.encode() for path in quiet_paths)
        self.requests: dict[tuple[str, str, int], int] = {}
        self.durations: dict[str, Durations] = {}
        self.attempts = 0
        self.failures = dict.fromkeys(_codes(SignInError, ProviderError), 0)
        self.cookies_expired = 0
        self.refreshes = 0
        self.refresh_errors = dict.fromkeys(_codes(ProviderError, SignInError), 0)
        self.sessions_started = 0
        self.connections_refused = dict.fromkeys(_NO_ROOM, 0)
        # By option: how often its file was (not) taken over, and when it last was, in seconds.
        self.reloads: dict[tuple[str, str], int] = {}
        self.reloaded_at: dict[str, float] = {}
        self.upstream_errors = dict.fromkeys(_codes(UpstreamError), 0)

    def __call__(self, exchange: Exchange) -> None:
        """Count one finished exchange."""
        head = exchange.head
        if head.target.partition(b"?")[0] in self._quiet:
            return
        method = METHODS.get(head.method, "OTHER")
        status = exchange.status
        key = (method, exchange.route, status)
        try:
            self.requests[key] += 1
        except KeyError:
            self._count_new(key)
        if status != _SWITCHING_PROTOCOLS:  # the life of a tunnel is not a response time
            seconds = exchange.ended - exchange.started
            durations = self.durations.get(method) or self._new_durations(method)
            durations.counts[bisect_left(BUCKETS, seconds)] += 1
            durations.total += seconds
        if exchange.reason in self.upstream_errors:
            self.upstream_errors[exchange.reason] += 1

    def authentication_attempt(self) -> None:
        """Count a browser that was sent to the provider to sign in."""
        self.attempts += 1

    def authentication_failure(self, reason: str) -> None:
        """Count an attempt that failed; `reason` is the stable code of the error."""
        _count(self.failures, reason)

    def cookie_expired(self) -> None:
        """Count a session cookie refused because it is too old."""
        self.cookies_expired += 1

    def token_refresh(self) -> None:
        """Count a session renewed at the provider."""
        self.refreshes += 1

    def token_refresh_error(self, reason: str) -> None:
        """Count a renewal that failed; `reason` is the stable code of the error."""
        _count(self.refresh_errors, reason)

    def session_started(self) -> None:
        """Count a session that began: somebody signed in."""
        self.sessions_started += 1

    def connection_refused(self, reason: str) -> None:
        """Count a client turned away or sent off for want of room, by reason."""
        self.connections_refused[reason] += 1

    def watch_file(self, file: str, now: float) -> None:
        """Begin to count for an option whose file was read at the start."""
        self.reloads |= {(file, outcome): 0 for outcome in RELOADS}
        self.reloaded_at[file] = now

    def reloaded(self, file: str, at: float | None) -> None:
        """Count a changed file. `at`: when it was taken over, None when it was not."""
        self.reloads[file, RELOADS[at is None]] += 1
        if at is not None:
            self.reloaded_at[file] = at

    def _count_new(self, key: tuple[str, str, int]) -> None:
        if len(self.requests) >= _MAX_SERIES:
            key = (key[0], OTHER, key[2] // 100 * 100)
        self.requests[key] = self.requests.get(key, 0) + 1

    def _new_durations(self, method: str) -> Durations:
        return self.durations.setdefault(method, Durations())


def _count(counts: dict[str, int], reason: str) -> None:
    counts[reason if reason in counts else OTHER] += 1


def _codes(*roots: type[SidegateError]) -> list[str]:
    """Return the stable codes of these errors and of everything below them, and `other`."""
    return sorted({kind.code for root in roots for kind in _tree(root)} | {OTHER})


def _tree(root: type[SidegateError]) -> Iterator[type[SidegateError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)
