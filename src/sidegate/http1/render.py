"""Messages written anew, canonical: exactly one blank between parts, CRLF, no surprise bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from sidegate.core.messages import Response

CLOSE = b"Connection: close\r\n"
KEEP_ALIVE = b"Connection: keep-alive\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BODILESS = frozenset({204, 304})


def _reason(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode("ascii")
    except ValueError:
        return b"Status"


STATUS_LINES = {status: b"HTTP/1.1 %d %b\r\n" % (status, _reason(status)) for status in range(600)}


def http_date(now: float) -> bytes:
    """Return the IMF-fixdate of RFC 9110 section 5.6.7. `now`: seconds since the epoch.

    Not strftime, which follows the locale, nor email.utils, which costs a megabyte.
    """
    at = datetime.fromtimestamp(now, UTC)
    day, month = _DAYS[at.weekday()], _MONTHS[at.month - 1]
    return f"{day}, {at.day:02} {month} {at.year} {at:%H:%M:%S} GMT".encode("ascii")


def response_bytes(
    response: Response,
    *,
    is_head: bool,
    close: bool,
    now: float,
    keep_alive: bool = False,
    extra: bytes = b"",
) -> bytes:
    """Return an answer of the gate as bytes. `now`: seconds since the epoch, for Date.

    `keep_alive` says so in a field, which only HTTP/1.0 needs. `extra`: further field lines.

    Raises ValueError when a header holds CR, LF or NUL: an answer is never split in two.
    """
    lines = [STATUS_LINES[response.status]]
    for name, value in response.headers:
        line = f"{name}: {value}"
        if "\r" in line or "\n" in line or "\0" in line:
            raise ValueError(f"header {name!r} holds a line break or NUL")
        lines.append(line.encode("latin-1") + b"\r\n")
    lines += (b"Date: %b\r\n" % http_date(now), extra)
    has_body = response.status not in _BODILESS
    if has_body:
        lines.append(b"Content-Length: %d\r\n" % len(response.body))
    if close:
        lines.append(CLOSE)
    elif keep_alive:
        lines.append(KEEP_ALIVE)
    lines.append(b"\r\n")
    if has_body and not is_head:
        lines.append(response.body)
    return b"".join(lines)
