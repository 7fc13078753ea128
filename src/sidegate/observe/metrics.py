"""Our counters: plain numbers on the hot path, Prometheus families only when somebody scrapes.

Rule 1: every label has a bounded set of values, whatever clients, upstreams and providers send.
Rule 2: a counter with a fixed set of labels exists from the start with 0, because an alert on a
        series that does not exist never fires.
Rule 3: prometheus_client is imported where a listener is made (`app.scrape`), and nowhere else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sidegate.core.errors import (
    ProviderError,
    ProviderMisbehaved,
    ProviderUnavailable,
    SidegateError,
    SignInError,
    StoreUnavailable,
    UpstreamError,
    tree,
)
from sidegate.core.messages import NEVER_ASKED, Exchange
from sidegate.observe.measures import BUCKETS, Durations, Measure

METHODS: Final = {
    name.encode(): name
    for name in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE")
}
OTHER: Final = "other"
RELOADS: Final = ("success", "failure")
RENEWALS: Final = ("renewed", "postponed", "ended")
ENDS: Final = (
    "sign_out",
    "sign_out_everywhere",
    "backchannel_logout",
    "frontchannel_logout",
    "refresh",
)
"""What ends a session before its time. One that simply gets too old is not noticed."""

COOKIES: Final = ("session", "attempt")
_FOR_NOW = frozenset({ProviderUnavailable.code, ProviderMisbehaved.code, StoreUnavailable.code})
_NO_ROOM = ("limit_connections", "limit_connections_per_address", "evicted")
_OF_OPTIONS = ("email", "allowed_groups", "no_rule")  # who refuses without being in [[rules]]
_MAX_SERIES = 2048  # of requests_total: a safeguard, routes and methods are bounded already
_MAX_RULES = 256  # the same for rules
_NO_LINES = dict.fromkeys(("out", "err", "audit"), 0)  # by where they should have gone
_SWITCHING_PROTOCOLS = 101


@dataclass(slots=True)
class Series:
    """Requests of one method, route and status: how many, and where their times are counted.

    `durations`: of the method; `waits`: of the route, None until an application answered there.
    """

    route: str
    durations: Durations
    waits: Durations | None = None
    count: int = 0


class Metrics:
    """Counts what operators watch. Is a `core.messages.Observer`.

    `version` is sidegate's own; `quiet_paths` are the ping and ready paths, which are not
    counted. `in_flight` and `log_lines_dropped` are asked at each scrape; assign them. `measures`
    are those of other parts, asked too.
    """

    def __init__(self, version: str, quiet_paths: Iterable[str] = ()) -> None:
        self.version = version
        self.registry: Any = None  # the exposition's own, made at the first scrape
        self.measures: list[Measure] = []
        self.in_flight: Callable[[], int] = lambda: 0
        self.log_lines_dropped: Callable[[], Mapping[str, int]] = _NO_LINES.copy
        self._quiet = frozenset(path.encode() for path in quiet_paths)
        self.requests: dict[tuple[str, str, int], Series] = {}
        self.durations: dict[str, Durations] = {}  # by method
        self.upstream_durations: dict[str, Durations] = {}  # by route
        self.attempts = 0
        self.failures = dict.fromkeys(_codes(SignInError, ProviderError, StoreUnavailable), 0)
        self.cookies_expired = 0
        self.cookies_unopened = dict.fromkeys(COOKIES, 0)
        self.refreshes = dict.fromkeys(RENEWALS, 0)
        self.refresh_errors = dict.fromkeys(self.failures, 0)
        self.refreshes_incomplete = 0
        self.sessions_started = 0
        self.sessions_ended = dict.fromkeys(ENDS, 0)
        self.refusals: dict[str, int] = {}  # by rule
        self.shadow_refusals: dict[str, int] = {}
        self.connections_refused = dict.fromkeys(_NO_ROOM, 0)
        # By option: how often its file was (not) taken over, and when it last was, in seconds.
        self.reloads: dict[tuple[str, str], int] = {}
        self.reloaded_at: dict[str, float] = {}
        self.upstream_errors = dict.fromkeys(_codes(UpstreamError), 0)

    def __call__(self, exchange: Exchange) -> None:
        """Count one finished exchange."""
        head = exchange.head
        if not exchange.upstream and head.target.partition(b"?")[0] in self._quiet:
            return
        status = exchange.status
        key = METHODS.get(head.method, "OTHER"), exchange.route, status
        series = self.requests.get(key) or self._series(*key)
        series.count += 1
        if status != _SWITCHING_PROTOCOLS:  # the life of a tunnel is not a response time
            seconds = exchange.ended - exchange.started
            durations = series.durations
            durations.counts[bisect_left(BUCKETS, seconds)] += 1
            durations.total += seconds
        if (waited := exchange.waited) != NEVER_ASKED:
            durations = series.waits or self._waits(series)
            durations.counts[bisect_left(BUCKETS, waited)] += 1
            durations.total += waited
        if exchange.reason and exchange.reason in self.upstream_errors:
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

    def session_unopened(self) -> None:
        """Count a request whose session cookies none of our keys opens."""
        self.cookies_unopened["session"] += 1

    def attempt_unopened(self) -> None:
        """Count a callback whose sign-in cookie none of our keys opens."""
        self.cookies_unopened["attempt"] += 1

    def token_refresh(self) -> None:
        """Count a session renewed at the provider."""
        self.refreshes["renewed"] += 1

    def token_refresh_error(self, reason: str) -> None:
        """Count a renewal that failed; `reason` is the stable code of the error."""
        _count(self.refresh_errors, reason)
        if reason in _FOR_NOW:
            self.refreshes["postponed"] += 1
        else:
            self.refreshes["ended"] += 1
            self.session_ended("refresh")

    def token_refresh_incomplete(self) -> None:
        """Count a renewal after which a call for more failed."""
        self.refreshes_incomplete += 1

    def session_started(self) -> None:
        """Count a session that began: somebody signed in."""
        self.sessions_started += 1

    def session_ended(self, why: str) -> None:
        """Count a session that was ended; what is not one of `ENDS` ended none."""
        if why in self.sessions_ended:
            self.sessions_ended[why] += 1

    def watch_rules(self, names: Iterable[str]) -> None:
        """Begin to count for the rules of the configuration."""
        self.shadow_refusals = dict.fromkeys(names, 0)
        self.refusals = dict.fromkeys((*_OF_OPTIONS, *self.shadow_refusals), 0)

    def refused(self, rule: str, *, in_shadow: bool) -> None:
        """Count a request that a rule refused, or would have refused were it not in shadow."""
        counts = self.shadow_refusals if in_shadow else self.refusals
        if rule not in counts and len(counts) >= _MAX_RULES:
            rule = OTHER
        counts[rule] = counts.get(rule, 0) + 1

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

    def _series(self, method: str, route: str, status: int) -> Series:
        """Return the series of the first request of its kind; one for the rest when it is full."""
        if len(self.requests) >= _MAX_SERIES:
            route, status = OTHER, status // 100 * 100
        series = self.requests.get((method, route, status))
        if series is None:
            durations = self.durations.get(method) or _new(self.durations, method)
            series = Series(route, durations)
            self.requests[method, route, status] = series
        return series

    def _waits(self, series: Series) -> Durations:
        """Return the histogram of a route, which begins with its first answered request."""
        known, route = self.upstream_durations, series.route
        series.waits = seen = known.get(route) or _new(known, route)
        return seen


def _new(durations: dict[str, Durations], label: str) -> Durations:
    if len(durations) >= _MAX_SERIES:
        label = OTHER
    return durations.setdefault(label, Durations())


def _count(counts: dict[str, int], reason: str) -> None:
    counts[reason if reason in counts else OTHER] += 1


def _codes(*roots: type[SidegateError]) -> list[str]:
    """Return the stable codes of these errors and of everything below them, and `other`."""
    return sorted({kind.code for root in roots for kind in tree(root)} | {OTHER})
