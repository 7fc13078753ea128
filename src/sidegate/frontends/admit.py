"""Admission: the one way in. Reverse proxy, forward-auth and ext_authz all ask here (law 1)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from sidegate.core.decision import Decision
from sidegate.core.identity import Session
from sidegate.core.messages import Exchange
from sidegate.core.ports import Clock
from sidegate.gate.decide import decide
from sidegate.gate.routes import Routes
from sidegate.gate.rules import Rules
from sidegate.gate.trust import Trust
from sidegate.login.ports import SessionStore, asker_of, name_of
from sidegate.session.freshness import needs_refresh


@dataclass(slots=True)
class Admission:
    """What was decided, and the Set-Cookie values of a renewed session for whatever answer.

    Not frozen, because one is made per request and frozen ones cost three times as much.
    """

    decision: Decision
    cookies: tuple[str, ...] = ()


Admit = Callable[[Exchange], Admission | Coroutine[Any, Any, Admission]]
"""Decides at once, or later when the session has to be renewed first."""


class Refresher(Protocol):
    """Renews a session once, however many ask."""

    async def refresh(self, session: Session, /) -> Session | None:
        """Return the session to go on with, or None when it is over."""


class Gate:
    """Finds the session, has it renewed when its time has come, and decides."""

    def __init__(
        self,
        *,
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

    def admit(
        self, exchange: Exchange, method: bytes, path: bytes
    ) -> Admission | Coroutine[Any, Any, Admission]:
        """Say what happens to a request, and name the user in `exchange`.

        `method` and `path` (raw) choose the rules: those of the request itself in the reverse
        proxy, those that a trusted proxy forwarded in forward-auth. A coroutine comes back only
        when the session has to be renewed before anything can be decided.
        """
        now = self._clock()
        head = exchange.head
        is_public = self._routes.is_public(method, path) or self._trust.passes_by_address(
            head, exchange.peer
        )
        session = self._store.load(head.index.get(b"cookie"), now)
        if session is not None:
            exchange.user = name_of(session.identity)
            if needs_refresh(session, now, self._cookie_refresh):
                return self._renew(exchange, session, is_public=is_public)
        return Admission(decide(session, self._rules, now, is_public=is_public))

    async def _renew(self, exchange: Exchange, old: Session, *, is_public: bool) -> Admission:
        new = await self._refresher.refresh(old)
        host = asker_of(exchange).host
        present = exchange.head.get(b"cookie")
        cookies: list[str] = []
        if new is None:
            exchange.user = ""
            cookies = self._store.clear(host, present)
        elif new is not old:
            cookies = self._store.save(new, host, present)
        decision = decide(new, self._rules, self._clock(), is_public=is_public)
        return Admission(decision, tuple(cookies))
