"""How many connections the file descriptors of this process allow.

A gate without a free descriptor can neither accept nor reach the application, so that those who
are being served would suffer for those who knock. Hence clients get at most three quarters of them:
most clients of a crowd wait, and need no second one. When more are busy, those who wait make way.
"""

from __future__ import annotations

import resource
from contextlib import suppress

RESERVE = 64
"""Descriptors for listeners, logs, the identity provider, and clients that are turned away."""


def raise_limit() -> int:
    """Raise the soft limit to the hard one, as servers do; return what is allowed now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):  # macOS refuses its own "unlimited"
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def connections_allowed(wanted: int, descriptors: int) -> int:
    """Return how many clients may be here at once. `wanted`: 0 for as many as possible.

    Who is busy needs a second descriptor, towards the application. Of a very small number a
    quarter is kept back instead of RESERVE. A negative number of descriptors means no limit.
    """
    if descriptors < 0:
        return wanted
    possible = max(1, (descriptors - min(RESERVE, descriptors // 4)) * 3 // 4)
    return min(wanted or possible, possible)
