"""Looks again at whoever has something open for long (`net.streams`), by the rules for everybody.

A path that needs nobody to be signed in makes no difference: the application was told who opened
the stream, and would go on believing it. Whoever is cut off may open it again without a session.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sidegate.core.decision import Allow, Decision
from sidegate.core.identity import Session
from sidegate.core.messages import Exchange
from sidegate.core.ports import Clock
from sidegate.login.ports import Found, SessionStore


class Recheck:
    """A `net.streams.Judge`. `judge`: the rules; `lists`: as for `frontends.admit.Gate`."""

    def __init__(
        self,
        *,
        store: SessionStore,
        judge: Callable[[Exchange, Session], Decision],
        lists: Callable[[Session], bool],
        clock: Clock,
    ) -> None:
        self._store = store
        self._judge = judge
        self._lists = lists
        self._clock = clock

    def __call__(self, session: Session, exchange: Exchange) -> Found | Awaitable[Found]:
        """Return the session to go on with, or None when nobody may."""
        if not session.is_kept:  # of a token or a password that came along
            return self._judged(exchange, session)
        found = self._store.still(session, exchange.head.get(b"cookie"), self._clock())
        if found is None or isinstance(found, Session):
            return self._judged(exchange, found)
        return self._judged_later(exchange, found)

    async def _judged_later(self, exchange: Exchange, finding: Awaitable[Found]) -> Found:
        return self._judged(exchange, await finding)

    def _judged(self, exchange: Exchange, session: Found) -> Found:
        if session is None or (session.is_by_password and not self._lists(session)):
            return None
        return session if isinstance(self._judge(exchange, session), Allow) else None
