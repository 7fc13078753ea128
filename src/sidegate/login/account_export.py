"""What is held about somebody, as JSON to take along (docs/privacy.md names every key)."""

from datetime import UTC, datetime
from typing import Final

from sidegate.core.account import Held, Place

SCHEMA: Final = 1
"""Raised when a key changes its meaning."""


def exported(held: Held, host: str, now: float) -> dict[str, object]:
    """Return the document.

    Of tokens it has the kinds, and of the session at the provider, that its name is kept: whoever
    knows either may act in the person's name, or end the session.
    """
    session, who = held.session, held.session.identity
    places = None if held.places is None else [_place(place) for place in held.places]
    return {
        "schema": SCHEMA,
        "host": host,
        "made_at": stamp(now),
        "person": {
            "user": who.user,
            "email": who.email,
            "preferred_username": who.preferred_username,
            "groups": list(who.groups),
            "claims": {claim: list(values) for claim, values in who.claims.items()},
        },
        "session": {
            "provider": session.provider_name,
            "began_at": stamp(session.created_at),
            "confirmed_at": stamp(session.refreshed_at),
            "ends_if_unused_at": stamp(session.idle_until or None),
            "ends_at": stamp(session.ends_at),
            "renewals": session.generation,
            "device": session.device,
            "kept_in": held.kept_in,
            "tokens_kept": held.tokens,
            "access_token_ends_at": stamp(session.tokens.expires_at),
            "provider_session_kept": bool(session.provider_session_id),
        },
        "sessions": places,
        "sessions_are_all": None if places is None else not held.has_more,
    }


def stamp(seconds: float | None) -> str | None:
    """Return seconds since the epoch as RFC 3339 has them, in UTC; None stays None."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _place(place: Place) -> dict[str, object]:
    return {
        "name": place.name,
        "this": place.is_this,
        "began_at": stamp(place.began_at),
        "confirmed_at": stamp(place.confirmed_at),
        "used_at": stamp(place.used_at),
        "ends_at": stamp(place.ends_at),
        "device": place.device,
    }
