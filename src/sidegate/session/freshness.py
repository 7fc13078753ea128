"""When a session must be renewed, and when it ends. Pure arithmetic over seconds.

- One end is absolute: `ends_at` is fixed at sign-in and no refresh moves it. Where there is an
  end by idleness too (`session.idleness`), the nearer of the two counts.
- Without a refresh token nothing happens when the access token runs out: nobody can be asked, so
  the session lives to its own end. That is OpenID Connect; see below for the others.
- With one, the session follows the access token even where `cookie_refresh` is 0.
- Where the provider is asked again with the access token, whatever its end, that happens each
  `cookie_refresh`, and each hour where that is 0: nothing else would tell who left.
"""

from math import ceil, inf
from typing import Final

from sidegate.core.identity import Session

EARLY: Final = 30.0  # an access token is renewed this long before it ends, so that it arrives valid
ASK_AGAIN: Final = 3600.0  # seconds, where `cookie_refresh` says nothing else
LEAST_GAP: Final = 10.0  # tokens that live for seconds must not mean a refresh per request
LONGEST_SESSION: Final = 168 * 3600.0


def session_end(created_at: float, cookie_expire: float) -> float:
    """Return the absolute end of a session that begins at `created_at` (seconds since the epoch).

    `cookie_expire` 0 makes a cookie that ends with the browser. Browsers that restore their tabs
    keep those for ever, so the sealed session still ends, after 168 hours.
    """
    return created_at + (cookie_expire if cookie_expire > 0 else LONGEST_SESSION)


def remaining(session: Session, now: float) -> int:
    """Return the seconds until the nearer end, rounded up; 0 when it has come."""
    return max(0, ceil(session.end - now))


def needs_refresh(session: Session, now: float, cookie_refresh: float) -> bool:
    """Say whether the provider should be asked again before this session is used.

    `cookie_refresh`: seconds after which the provider confirms the session, 0 for none said.
    """
    return not session.has_expired(now) and now >= refresh_due(session, cookie_refresh)


def refresh_due(session: Session, cookie_refresh: float) -> float:
    """Return from when on that is so, in seconds since the epoch; infinity for never."""
    tokens, confirmed = session.tokens, session.refreshed_at
    if tokens.renews_by_asking:
        return confirmed + (cookie_refresh or ASK_AGAIN)
    if tokens.refresh_token is None:
        return inf
    due = max(confirmed + LEAST_GAP, _access_token_ends(session))
    return min(due, confirmed + cookie_refresh) if cookie_refresh > 0 else due


def _access_token_ends(session: Session) -> float:
    expires_at = session.tokens.expires_at
    if expires_at is None:
        return inf
    # A token that lives for one minute is renewed at its half, not after 30 of its 60 seconds
    # minus what the answer took.
    lifetime = max(0.0, expires_at - session.refreshed_at)
    return expires_at - min(EARLY, lifetime / 2)
