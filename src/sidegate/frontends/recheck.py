"""Looks again at whoever has something open for long (`net.streams`), by the rules for everybody.

A session that is kept is looked up where it is kept. Whoever brought a password or a token with the
request is asked for what that is worth now, as if the request came again.

A path that needs nobody to be signed in makes no difference: the application was told who opened
the stream, and would go on believing it. Whoever is cut off may open it again without a session.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sidegate.core.decision import Admission, Allow, Decision, Refuse
from sidegate.core.errors import ProviderError
from sidegate.core.identity import Session
from sidegate.core.messages import Exchange
from sidegate.core.ports import Clock
from sidegate.frontends.admit import Admits
from sidegate.login.ports import Found, SessionStore


class Recheck:
    """A `net.streams.Judge`.

    `way_in`: what let the request in. `judge`: the rules. `lists`: as for `frontends.admit.Gate`.
    """

    def __init__(
        self,
        *,
        store: SessionStore,
        way_in: Admits,
        judge: Callable[[Exchange, Session], Decision],
        lists: Callable[[Session], bool],
        clock: Clock,
    ) -> None:
        self._store = store
        self._way_in = way_in
        self._judge = judge
        self._lists = lists
        self._clock = clock

    def __call__(self, session: Session, exchange: Exchange) -> Found | Awaitable[Found]:
        """Return the session to go on with, or None when nobody may."""
        if not session.is_kept:
            return self._admitted_again(exchange, session)
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

    async def _admitted_again(self, exchange: Exchange, before: Session) -> Found:
        """Return whose request it is now, if it is who it was.

        Raises SidegateError when nobody can tell.
        """
        admission = self._way_in.admit(exchange, exchange.head.method, exchange.head.path)
        if not isinstance(admission, Admission):
            admission = await admission
        match admission.decision:
            case Allow(session=Session() as now) if now.identity.user == before.identity.user:
                return now
            case Refuse(error=ProviderError() as error):
                raise error
            case _:
                return None
