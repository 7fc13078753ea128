"""Where sessions are kept, what is kept of them, and what renews them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from sidegate.app.base import Base
from sidegate.config.settings import ProviderSettings, Settings
from sidegate.session.bound import BoundSealer
from sidegate.session.codec import Keep
from sidegate.stores.attempts import Attempts
from sidegate.stores.cookie import CookieStore
from sidegate.stores.refresh import Refresher, Turns, alone

if TYPE_CHECKING:  # what few gates need
    from sidegate.stores.shared import SharedStore

    Sessions = CookieStore | SharedStore


def stores_of(base: Base) -> tuple[Sessions, Attempts]:
    """Return the keepers of sessions and sign-in attempts, each with a key of its own."""
    cookie, ring = base.settings.cookie, base.ring
    bindings = {one.id: one.binding for one in base.settings.providers}
    metrics = base.observation.metrics
    attempt_sealer = BoundSealer(ring.sealer("attempt"), bindings)
    attempts = Attempts(cookie, attempt_sealer, metrics.attempt_unopened)
    keep = keeper(base.settings)
    if base.shared is not None:
        from sidegate.app.shared_sessions import shared_store

        return shared_store(base, base.shared, bindings, keep), attempts
    sessions = CookieStore(
        cookie,
        BoundSealer(ring.sealer("session"), bindings),
        keep,
        base.clock,
        on_expired=metrics.cookie_expired,
        on_unopened=metrics.session_unopened,
    )
    ring.on_change(sessions.forget)
    return sessions, attempts


def keeper(settings: Settings) -> Callable[[str], Keep]:
    """Return what says which tokens a session keeps, by the id of its provider."""
    keeps = {one.id: what_to_keep(settings, one) for one in settings.providers}
    default = keeps[settings.providers[0].id]
    return lambda provider: keeps.get(provider, default)


def what_to_keep(settings: Settings, provider: ProviderSettings) -> Keep:
    """Say which tokens a session of this provider keeps: only those that some option uses."""
    headers, sid = settings.headers, is_told_of_logouts(settings)
    if settings.cookie.session_cookie_minimal:
        return Keep(refresh_token=False, provider_session_id=sid)
    passes_it_on = headers.pass_authorization_header or headers.set_authorization_header
    return Keep(
        access_token=headers.pass_access_token,
        id_token=passes_it_on or provider.oidc_end_session,
        refresh_token=True,
        provider_session_id=sid,
        id_token_is_hint=not passes_it_on,
    )


def is_told_of_logouts(settings: Settings) -> bool:
    """Say whether a provider may end sessions, so that they keep its name for them (`sid`)."""
    return settings.logout.backchannel_logout or settings.logout.frontchannel_logout


def refresher_of(base: Base, sessions: Sessions) -> Refresher:
    """Return what renews sessions, in turns with the other processes that share them."""
    turns: Turns = alone
    if base.shared is not None:
        from sidegate.app.shared_sessions import turns_of

        turns = turns_of(base, base.shared, cast("SharedStore", sessions))
    return Refresher(
        base.providers,
        base.clock,
        base.spawn,
        turns=turns,
        on_renewed=base.observation.refreshed,
        on_error=base.observation.refresh_failed,
        on_incomplete=base.observation.refresh_incomplete,
    )
