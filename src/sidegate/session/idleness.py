"""The end that every use of a session moves (`session_idle_timeout`). Pure arithmetic.

The sealed value says until when a session lives unused. To write it anew with every request would
cost a seal and a cookie each, so it is written a tenth of the timeout ahead, and anew when that
tenth is used up. So a session ends at the earliest one timeout after its last use, and at the
latest one timeout and a tenth after it.
"""

from dataclasses import replace
from math import inf
from typing import Final

from sidegate.core.identity import Session

GRAIN: Final = 0.1


def needs_touch(session: Session, now: float, timeout: float) -> bool:
    """Say whether the use at `now` has to be written down. `timeout`: seconds, 0 for none.

    Also when the timeout was another one when the session was sealed, or there was none.
    """
    if timeout <= 0:
        return session.idle_until > 0
    left = session.idle_until - now
    return not timeout < left <= _span(timeout) + 1  # a second for what rounding does


def touch_due(session: Session, timeout: float) -> float:
    """Return from when on a use of a session has to be written down, infinity for never.

    Of one for which `needs_touch` says no now.
    """
    return session.idle_until - timeout if timeout > 0 else inf


def touched(session: Session, now: float, timeout: float) -> Session:
    """Return the session as used at `now`."""
    until = now + _span(timeout) if timeout > 0 else 0.0
    return session if until == session.idle_until else replace(session, idle_until=until)


def used_at(idle_until: float, timeout: float) -> float | None:
    """Return when a use was written down last; None where uses are not written down."""
    return idle_until - _span(timeout) if idle_until > 0 and timeout > 0 else None


def _span(timeout: float) -> float:
    return timeout * (1 + GRAIN)
