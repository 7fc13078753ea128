"""What a provider says about being asked too often, or about being away for a while.

Fields: `Retry-After` (RFC 9110 section 10.2.3), and where that is missing `x-ratelimit-remaining`
with `x-ratelimit-reset` (GitHub) or `ratelimit-remaining` with `ratelimit-reset` (GitLab, others).
"""

from calendar import timegm
from typing import Final

from sidegate.core.ports import FetchResponse

LONGEST: Final = 3600.0  # seconds; limits are counted by the hour
LONGEST_AWAY: Final = 60.0  # of a 503: one careless answer must not keep people out for an hour
UNSAID: Final = 10.0  # of a 429 that names no time
_A_DATE: Final = 1e9  # a reset beyond this many seconds is a moment, not a duration
_MONTHS: Final = ",Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec".split(",")  # noqa: SIM905 - reads better


def seconds_to_wait(response: FetchResponse, now: float) -> float | None:
    """Return for how long not to ask again, at least 1 and at most an hour, or None: no limit.

    `now`: seconds since the epoch. A 403 counts only where the fields say that it is a limit.
    """
    headers, status = response.headers, response.status
    if status not in {403, 429, 503}:
        return None
    wait = _seconds(headers.get("retry-after", ""), now)
    if status == 503:
        return None if wait is None else _between(wait, LONGEST_AWAY)
    if wait is None and _is_used_up(headers):
        reset = headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset", "")
        wait = _seconds(reset, now) or UNSAID
    if wait is None:
        return UNSAID if status == 429 else None
    return _between(wait, LONGEST)


def _between(wait: float, longest: float) -> float:
    return min(max(wait, 1.0), longest)


def _is_used_up(headers: dict[str, str]) -> bool:
    return "0" in {headers.get("x-ratelimit-remaining"), headers.get("ratelimit-remaining")}


def _seconds(value: str, now: float) -> float | None:
    """Return the seconds until a moment, given as digits or as an HTTP date; None for neither."""
    if value.isascii() and value.isdigit() and len(value) <= 12:
        number = float(value)
        return number - now if number > _A_DATE else number
    moment = _http_date(value)
    return None if moment is None else moment - now


def _http_date(value: str) -> float | None:
    """Read an IMF-fixdate (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`."""
    try:
        _, day, month, year, clock, zone = value.split(" ")
        hour, minute, second = clock.split(":")
        date = int(year), _MONTHS.index(month), int(day)
        moment = float(timegm((*date, int(hour), int(minute), int(second))))
    except (ValueError, OverflowError):
        return None
    return moment if zone == "GMT" else None
