"""The families that `Metrics` itself counts, as a table. Imported only when somebody scrapes."""

import platform
from collections.abc import Iterator

from sidegate.observe.measures import Kind, Measure, Values, by_label, one
from sidegate.observe.metrics import OTHER, Metrics


def families(metrics: Metrics) -> Iterator[Measure]:
    """Yield what is known of requests, sign-ins, sessions and the process, then other parts."""
    yield from _requests(metrics)
    yield from _sign_ins(metrics)
    yield from _sessions(metrics)
    yield from _process(metrics)
    yield from metrics.measures


def _requests(metrics: Metrics) -> Iterator[Measure]:
    yield Measure(
        "oauth2_proxy_requests_total",
        Kind.COUNTER,
        "Requests answered, by method, route and status code.",
        lambda: _by_route(metrics),
        ("method", "path", "code"),
    )
    yield Measure(
        "oauth2_proxy_requests_in_flight",
        Kind.GAUGE,
        "Requests that are being served right now.",
        one(metrics.in_flight),
    )
    yield Measure(
        "oauth2_proxy_response_duration_seconds",
        Kind.HISTOGRAM,
        "Time from the request head to the end of the answer.",
        lambda: [((method.lower(),), seen) for method, seen in metrics.durations.items()],
        ("method",),
    )
    yield Measure(
        "sidegate_upstream_response_duration_seconds",
        Kind.HISTOGRAM,
        "Time from the end of the request to the head of the application's answer.",
        by_label(metrics.upstream_durations),
        ("path",),
    )
    yield Measure(
        "sidegate_upstream_errors_total",
        Kind.COUNTER,
        "Requests the application failed, by code.",
        by_label(metrics.upstream_errors),
        ("code",),
    )
    yield Measure(
        "sidegate_connections_refused_total",
        Kind.COUNTER,
        "Client connections turned away, or ended while they waited, for want of room.",
        by_label(metrics.connections_refused),
        ("reason",),
    )


def _by_route(metrics: Metrics) -> Values:
    """Return the requests; those that reached no route have one name together."""
    found: dict[tuple[str, ...], float] = {}
    for (method, route, status), count in metrics.requests.items():
        key = (method, route or OTHER, str(status))
        found[key] = found.get(key, 0) + count
    return found.items()


def _sign_ins(metrics: Metrics) -> Iterator[Measure]:
    yield Measure(
        "oauth2_proxy_authentication_attempts_total",
        Kind.COUNTER,
        "Sign-ins tried.",
        one(lambda: metrics.attempts),
    )
    yield Measure(
        "oauth2_proxy_authentication_failures_total",
        Kind.COUNTER,
        "Sign-ins that failed, by reason.",
        by_label(metrics.failures),
        ("reason",),
    )
    yield Measure(
        "sidegate_rule_refusals_total",
        Kind.COUNTER,
        "Requests of people who are signed in that a rule refused.",
        by_label(metrics.refusals),
        ("rule",),
    )
    yield Measure(
        "sidegate_rule_shadow_refusals_total",
        Kind.COUNTER,
        "Requests that a rule in shadow would have refused.",
        by_label(metrics.shadow_refusals),
        ("rule",),
    )


def _sessions(metrics: Metrics) -> Iterator[Measure]:
    yield Measure(
        "oauth2_proxy_cookies_expired_total",
        Kind.COUNTER,
        "Session cookies refused because they were too old.",
        one(lambda: metrics.cookies_expired),
    )
    yield Measure(
        "sidegate_cookie_open_failures_total",
        Kind.COUNTER,
        "Requests whose session or sign-in cookie none of our keys opens.",
        by_label(metrics.cookies_unopened),
        ("cookie",),
    )
    yield Measure(
        "oauth2_proxy_token_refreshes_total",
        Kind.COUNTER,
        "Sessions renewed at the identity provider.",
        one(lambda: metrics.refreshes["renewed"]),
    )
    yield Measure(
        "oauth2_proxy_token_refresh_errors_total",
        Kind.COUNTER,
        "Renewals that failed, by reason.",
        by_label(metrics.refresh_errors),
        ("reason",),
    )
    yield Measure(
        "sidegate_refreshes_total",
        Kind.COUNTER,
        "Renewals by what came of them for the session.",
        by_label(metrics.refreshes),
        ("outcome",),
    )
    yield Measure(
        "sidegate_refreshes_incomplete_total",
        Kind.COUNTER,
        "Renewals that left the groups as they were, for asking for them failed.",
        one(lambda: metrics.refreshes_incomplete),
    )
    yield Measure(
        "sidegate_sessions_started_total",
        Kind.COUNTER,
        "Sessions begun.",
        one(lambda: metrics.sessions_started),
    )
    yield Measure(
        "sidegate_sessions_ended_total",
        Kind.COUNTER,
        "Sessions ended before their time, by what ended them.",
        by_label(metrics.sessions_ended),
        ("reason",),
    )


def _process(metrics: Metrics) -> Iterator[Measure]:
    yield Measure(
        "sidegate_log_lines_dropped_total",
        Kind.COUNTER,
        "Lines lost because an output did not take them: out and err of the logs, and audit.",
        lambda: [((log,), lost) for log, lost in metrics.log_lines_dropped().items()],
        ("log",),
    )
    yield Measure(
        "sidegate_reloads_total",
        Kind.COUNTER,
        "Changed files, by the option that names them and by whether they were taken over.",
        metrics.reloads.items,
        ("file", "outcome"),
    )
    yield Measure(
        "sidegate_reload_last_success_timestamp_seconds",
        Kind.GAUGE,
        "When the file in force was read, in seconds since the epoch.",
        by_label(metrics.reloaded_at),
        ("file",),
    )
    yield Measure(
        "sidegate_build",
        Kind.INFO,
        "What is running.",
        lambda: [((metrics.version, platform.python_version()), 1)],
        ("version", "python"),
    )
