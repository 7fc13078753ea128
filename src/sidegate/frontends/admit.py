"""Admission: the one way in. Reverse proxy, forward-auth and ext_authz all ask here (law 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sidegate.core.decision import Decision
from sidegate.core.identity import Session
from sidegate.core.messages import Exchange
from sidegate.core.ports import Clock
from sidegate.gate.decide import decide
from sidegate.gate.routes import Routes
from sidegate.gate.rules import Rules
from sidegate.gate.trust import Trust
from sidegate.session.freshness import needs_refresh


class SessionStore(Protocol):
    """Where a session is found and kept."""

    def load(self, cookie_header: bytes | None, now: float) -> Session | None:
        """Return the valid session of a Cookie header, or None."""

    def save(self, session: Session, host: str, present: bytes | None) -> list[str]:
        """Return the Set-Cookie values that keep the session in the browser."""

    def clear(self, host: str, present: bytes | None) -> list[str]:
        """Return the Set-Cookie values that remove it."""


class Refresher(Protocol):
    """Renews a session once, however many ask."""

    async def refresh(self, session: Session) -> Session | None:
        """Return the session to go on with, or None when it is over."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """The session has to be renewed before anything can be decided."""

    session: Session
    is_public: bool


class Admission:
    """Finds the session, has it renewed when its time has come, and decides."""

    def __init__(
        self,
        store: SessionStore,
        refresher: Refresher,
        trust: Trust,
        routes: Routes,
        rules: Rules,
        clock: Clock,
        cookie_refresh: float,
    ) -> None:
        self._store = store
        self._refresher = refresher
        self._trust = trust
        self._routes = routes
        self._rules = rules
        self._clock = clock
        self._cookie_refresh = cookie_refresh

    def admit(self, exchange: Exchange, method: bytes, path: bytes) -> Decision | Renewal:
        """Say what happens to a request for the application.

        `method` and `path` (raw) choose the rules: those of the request itself in the reverse
        proxy, those that a trusted proxy forwarded in forward-auth. Names the user in `exchange`.
        """
        now = self._clock()
        head = exchange.head
        is_public = self._routes.is_public(method, path) or self._trust.passes_by_address(
            head, exchange.peer
        )
        session = self._store.load(head.get(b"cookie"), now)
        if session is not None:
            exchange.user = session.identity.email or session.identity.user
            if needs_refresh(session, now, self._cookie_refresh):
                return Renewal(session, is_public)
        return decide(session, self._rules, now, is_public=is_public)

    async def renew(self, exchange: Exchange, renewal: Renewal) -> tuple[Decision, list[str]]:
        """Renew the session, then decide; also return Set-Cookie values for the answer."""
        old = renewal.session
        new = await self._refresher.refresh(old)
        host = "" if exchange.asker is None else exchange.asker.host
        present = exchange.head.get(b"cookie")
        cookies: list[str] = []
        if new is None:
            exchange.user = ""
            cookies = self._store.clear(host, present)
        elif new is not old:
            cookies = self._store.save(new, host, present)
        decision = decide(new, self._rules, self._clock(), is_public=renewal.is_public)
        return decision, cookies
