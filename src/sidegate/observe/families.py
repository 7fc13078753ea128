"""The families that `Metrics` itself counts, as a table. Imported only when somebody scrapes."""

import platform
from collections.abc import Iterator
from typing import Final

from sidegate.observe.measures import Family, Kind, Measure, Values
from sidegate.observe.metrics import OTHER, Metrics


def families(metrics: Metrics) -> Iterator[Measure]:
    """Yield what is known of requests, sign-ins, sessions and the process, then other parts."""
    yield from (family.of(metrics) for family in FAMILIES)
    yield from metrics.measures


def _by_route(metrics: Metrics) -> Values:
    """Return the requests; those that reached no route have one name together."""
    found: dict[tuple[str, ...], float] = {}
    for (method, route, status), series in metrics.requests.items():
        key = (method, route or OTHER, str(status))
        found[key] = found.get(key, 0) + series.count
    return found.items()


_COUNTER, _GAUGE, _HISTOGRAM = Kind.COUNTER, Kind.GAUGE, Kind.HISTOGRAM

FAMILIES: Final[tuple[Family[Metrics], ...]] = (
    # Requests
    Family(
        "oauth2_proxy_requests_total",
        _COUNTER,
        "Requests answered, by method, route and status code.",
        _by_route,
        ("method", "path", "code"),
    ),
    Family(
        "oauth2_proxy_requests_in_flight",
        _GAUGE,
        "Requests that are being served right now.",
        lambda metrics: metrics.in_flight(),
    ),
    Family(
        "oauth2_proxy_response_duration_seconds",
        _HISTOGRAM,
        "Time from the request head to the end of the answer.",
        lambda metrics: {name.lower(): seen for name, seen in metrics.durations.items()},
        ("method",),
    ),
    Family(
        "sidegate_upstream_response_duration_seconds",
        _HISTOGRAM,
        "Time from the end of the request to the head of the application's answer.",
        lambda metrics: metrics.upstream_durations,
        ("path",),
    ),
    Family(
        "sidegate_upstream_errors_total",
        _COUNTER,
        "Requests the application failed, by code.",
        lambda metrics: metrics.upstream_errors,
        ("code",),
    ),
    Family(
        "sidegate_connections_refused_total",
        _COUNTER,
        "Client connections turned away, or ended while they waited, for want of room.",
        lambda metrics: metrics.connections_refused,
        ("reason",),
    ),
    # Sign-ins
    Family(
        "oauth2_proxy_authentication_attempts_total",
        _COUNTER,
        "Sign-ins tried.",
        lambda metrics: metrics.attempts,
    ),
    Family(
        "oauth2_proxy_authentication_failures_total",
        _COUNTER,
        "Sign-ins that failed, by reason.",
        lambda metrics: metrics.failures,
        ("reason",),
    ),
    Family(
        "sidegate_rule_refusals_total",
        _COUNTER,
        "Requests of people who are signed in that a rule refused.",
        lambda metrics: metrics.refusals,
        ("rule",),
    ),
    Family(
        "sidegate_rule_shadow_refusals_total",
        _COUNTER,
        "Requests that a rule in shadow would have refused.",
        lambda metrics: metrics.shadow_refusals,
        ("rule",),
    ),
    # Sessions
    Family(
        "oauth2_proxy_cookies_expired_total",
        _COUNTER,
        "Session cookies refused because they were too old.",
        lambda metrics: metrics.cookies_expired,
    ),
    Family(
        "sidegate_cookie_open_failures_total",
        _COUNTER,
        "Requests whose session or sign-in cookie none of our keys opens.",
        lambda metrics: metrics.cookies_unopened,
        ("cookie",),
    ),
    Family(
        "oauth2_proxy_token_refreshes_total",
        _COUNTER,
        "Sessions renewed at the identity provider.",
        lambda metrics: metrics.refreshes["renewed"],
    ),
    Family(
        "oauth2_proxy_token_refresh_errors_total",
        _COUNTER,
        "Renewals that failed, by reason.",
        lambda metrics: metrics.refresh_errors,
        ("reason",),
    ),
    Family(
        "sidegate_refreshes_total",
        _COUNTER,
        "Renewals by what came of them for the session.",
        lambda metrics: metrics.refreshes,
        ("outcome",),
    ),
    Family(
        "sidegate_refreshes_incomplete_total",
        _COUNTER,
        "Renewals that left the groups as they were, for asking for them failed.",
        lambda metrics: metrics.refreshes_incomplete,
    ),
    Family(
        "sidegate_sessions_started_total",
        _COUNTER,
        "Sessions begun.",
        lambda metrics: metrics.sessions_started,
    ),
    Family(
        "sidegate_sessions_ended_total",
        _COUNTER,
        "Sessions ended before their time, by what ended them.",
        lambda metrics: metrics.sessions_ended,
        ("reason",),
    ),
    # The process
    Family(
        "sidegate_log_lines_dropped_total",
        _COUNTER,
        "Lines lost because an output did not take them: out and err of the logs, and audit.",
        lambda metrics: metrics.log_lines_dropped(),
        ("log",),
    ),
    Family(
        "sidegate_reloads_total",
        _COUNTER,
        "Changed files, by the option that names them and by whether they were taken over.",
        lambda metrics: metrics.reloads.items(),
        ("file", "outcome"),
    ),
    Family(
        "sidegate_reload_last_success_timestamp_seconds",
        _GAUGE,
        "When the file in force was read, in seconds since the epoch.",
        lambda metrics: metrics.reloaded_at,
        ("file",),
    ),
    Family(
        "sidegate_build",
        Kind.INFO,
        "What is running.",
        lambda metrics: [((metrics.version, platform.python_version()), 1)],
        ("version", "python"),
    ),
)
