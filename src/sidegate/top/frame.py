"""Draws one frame: 24 lines of 80 letters at most, in plain ANSI where colours are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from sidegate.top.figures import Figures

WIDTH, HEIGHT = 79, 24
BOLD, DIM, RED, GREEN, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[0m"
LATENCY = "oauth2_proxy_response_duration_seconds"
MOST_REASONS = 3
KIB = 1024


class Painter:
    """Colours words, or leaves them as they are."""

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def __call__(self, text: str, colour: str) -> str:
        """Return the text in a colour."""
        return f"{colour}{text}{PLAIN}" if self._colours and text else text


def draw(figures: Figures, source: str, trouble: str = "", *, colours: bool = False) -> list[str]:
    """Return the lines of a frame. `trouble`: why there is nothing newer, or empty."""
    paint = Painter(colours=colours)
    lines = [
        *_head(figures, source, trouble, paint),
        *_requests(figures, paint),
        "",
        *_sign_ins(figures, paint),
        "",
        *_connections(figures),
        *_state(figures, paint),
    ]
    return lines[:HEIGHT]


def _head(figures: Figures, source: str, trouble: str, paint: Painter) -> Iterable[str]:
    now = figures.now
    version = now.label("sidegate_build_info", "version")
    ready = now.first("sidegate_ready")
    word, colour = {None: ("", PLAIN), 1.0: ("ready", GREEN)}.get(ready, ("NOT READY", RED))
    left = f"sidegate {version}  {source}"[: WIDTH - 30]
    right = f"up {duration(figures.uptime)}"
    gap = " " * (WIDTH - len(left) - len(right) - len(word) - 2 * bool(word))
    yield paint(left, BOLD) + gap + right + ("  " + paint(word, colour) if word else "")
    yield paint(f"no answer: {trouble}"[:WIDTH], RED) if trouble else ""
    over = "since start" if figures.is_since_start else f"last {figures.seconds:.0f} s"
    yield paint(f"{'':<22}{over + ', /s':>18}{'in all':>16}", DIM)


def _row(name: str, rate: float, total: float, more: str = "") -> str:
    return f"{name:<27}{number(rate):>13}{whole(total):>16}   {more}".rstrip()[:WIDTH]


def _requests(figures: Figures, paint: Painter) -> Iterable[str]:
    name = "oauth2_proxy_requests_total"
    rates, totals = figures.rates(name, "code"), figures.now.by(name, "code")
    flying = whole(figures.now.total("oauth2_proxy_requests_in_flight"))
    yield _row("requests", sum(rates.values()), sum(totals.values()), f"in flight {flying}")
    for digit in "2345":
        codes = [code for code in totals if code.startswith(digit)]
        rate, total = sum(rates[code] for code in codes), sum(totals[code] for code in codes)
        line = _row(f"  {digit}xx", rate, total, _most(rates, codes))
        yield paint(line, RED) if digit == "5" and rate else line
    p50, p95, p99 = (latency(figures.quantile(share, LATENCY)) for share in (0.5, 0.95, 0.99))
    yield f"latency               p50 {p50}, p95 {p95}, p99 {p99}"


def _most(rates: dict[str, float], codes: list[str]) -> str:
    """Return the codes that came most, to tell 401 from 403."""
    seen = sorted((code for code in codes if rates[code]), key=lambda code: -rates[code])
    return " ".join(f"{code}: {number(rates[code])}" for code in seen[:MOST_REASONS])


def _sign_ins(figures: Figures, paint: Painter) -> Iterable[str]:
    def row(title: str, name: str, more: str = "") -> str:
        return _row(title, figures.rate(name), figures.now.total(name), more)

    failures = "oauth2_proxy_authentication_failures_total"
    yield row("sign-ins begun", "oauth2_proxy_authentication_attempts_total")
    yield row("sessions begun", "sidegate_sessions_started_total", _ended(figures))
    line = row("sign-ins failed", failures)
    yield paint(line, RED) if figures.rate(failures) else line
    reasons = figures.now.by(failures, "reason")
    worst = sorted((one for one in reasons if reasons[one]), key=lambda one: -reasons[one])
    rates = figures.rates(failures, "reason")
    for reason in worst[:MOST_REASONS]:
        yield _row(f"  {reason}"[:27], rates[reason], reasons[reason])
    yield row("refused by rules", "sidegate_rule_refusals_total")
    yield row("renewals", "oauth2_proxy_token_refreshes_total", _unrenewed(figures))


def _ended(figures: Figures) -> str:
    return f"ended {whole(figures.now.total('sidegate_sessions_ended_total'))}"


def _unrenewed(figures: Figures) -> str:
    return f"failed {whole(figures.now.total('oauth2_proxy_token_refresh_errors_total'))}"


def _connections(figures: Figures) -> Iterable[str]:
    now = figures.now
    upstream = now.by("sidegate_upstream_connections", "state")
    yield (
        f"connections           clients {whole(now.total('sidegate_client_connections'))}, "
        f"WebSockets {whole(now.total('sidegate_websockets_open'))}, "
        f"applications {whole(upstream.get('active', 0))}+{whole(upstream.get('idle', 0))}, "
        f"refused {whole(now.total('sidegate_connections_refused_total'))}"
    )[:WIDTH]


def _state(figures: Figures, paint: Painter) -> Iterable[str]:
    now = figures.now
    memory = now.total("process_resident_memory_bytes") / KIB / KIB
    share = figures.rate("process_cpu_seconds_total") * 100
    dropped = now.total("sidegate_log_lines_dropped_total")
    yield (
        f"process               memory {memory:.0f} MiB, CPU {share:.0f} %, "
        f"files {whole(now.total('process_open_fds'))}, log lines lost {whole(dropped)}"
    )[:WIDTH]
    for title, name, label in (
        ("providers", "sidegate_provider_up", "provider"),
        ("store", "sidegate_store_up", ""),
    ):
        up = now.by(name, label) if label else {"Redis": now.total(name)}
        if name not in now.numbers:
            continue
        words = [f"{one} {'up' if is_up else 'AWAY'}" for one, is_up in up.items()]
        line = f"{title:<22}{', '.join(words)}"[:WIDTH]
        yield line if all(up.values()) else paint(line, RED)


def number(value: float) -> str:
    """Return a rate in few letters."""
    if value == 0:
        return "0"
    if value < 0.01:
        return "< 0.01"
    if value < 10:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 1000 else whole(value)


def whole(value: float) -> str:
    """Return a count, its thousands apart."""
    return f"{value:,.0f}".replace(",", " ")


def latency(seconds: float | None) -> str:
    """Return a time of an answer."""
    if seconds is None:
        return "-"
    if seconds == inf:
        return "> 10 s"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def duration(seconds: float) -> str:
    """Return how long something lasts, by its two largest units."""
    left = int(seconds)
    for unit, size, small, part in (("d", 86400, "h", 3600), ("h", 3600, "m", 60)):
        if left >= size:
            return f"{left // size}{unit}{left % size // part:02}{small}"
    return f"{left // 60}m{left % 60:02}s" if left >= 60 else f"{left}s"
