"""Admission: the one way in. Reverse proxy, forward-auth and ext_authz all ask here (law 1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final, Protocol

from sidegate.core.decision import Admission, Allow, Decision, Deny, SignIn
from sidegate.core.errors import SessionTooLarge, StoreUnavailable, TooManyAttempts
from sidegate.core.identity import Session
from sidegate.core.messages import Asked, Exchange, RequestHead
from sidegate.core.ports import Clock
from sidegate.frontends.standing import Standings
from sidegate.gate.decide import decide
from sidegate.gate.routes import Routes
from sidegate.gate.rules import Rules
from sidegate.gate.trust import Trust
from sidegate.login.ports import SessionStore, asker_of, found_in, name_of
from sidegate.pages.negotiate import is_part
from sidegate.session.freshness import needs_refresh
from sidegate.session.idleness import needs_touch

_LONGEST_ANSWER: Final = 60.0  # seconds that a head of the application takes, and more


Admit = Callable[[Exchange], Admission | Coroutine[Any, Any, Admission]]
"""Decides at once, or later when a session has to be found or renewed, or a token verified first.

What comes later may be StoreUnavailable: nobody knows whether somebody is signed in.
"""


class Admits(Protocol):
    """The one way in, as frontends see it."""

    def admit(
        self, exchange: Exchange, method: bytes, path: bytes
    ) -> Admission | Coroutine[Any, Any, Admission]:
        """Say what happens to a request."""


Source = Callable[[Exchange], Session | Coroutine[Any, Any, Session | None] | None]
"""Finds a session in what a request brings beside its cookies; None: not here, ask the next.

What it finds after a while it may refuse to look for with TooManyAttempts.
"""


OnRuling = Callable[[Exchange, Asked, Allow | Deny], None]
"""Hears whom a rule refused, and whom one in shadow would have refused."""


class Refresher(Protocol):
    """Renews a session once, however many ask."""

    async def refresh(self, session: Session, /) -> Session | None:
        """Return the session to go on with, or None when it is over."""


class Gate:
    """Finds the session, has it renewed when its time has come, and decides.

    `sources` are asked in order, before the cookies. `lists` says whether the file of users still
    vouches for the session of a cookie that a password began. `opens` says, by method and head,
    what else needs nobody. `on_ruling` hears of refusals, `on_lost` the stable code of what ended
    a session that was just renewed.
    """

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
        idle_timeout: float = 0.0,
        sources: tuple[Source, ...] = (),
        lists: Callable[[Session], bool] = lambda _: False,
        opens: Callable[[bytes, RequestHead], bool] | None = None,
        on_ruling: OnRuling = lambda _exchange, _asked, _decision: None,
        on_lost: Callable[[str, Session], None] = lambda _code, _session: None,
    ) -> None:
        self._store = store
        self._refresher = refresher
        self._trust = trust
        self._routes = routes
        self._opens = opens
        self._standings = Standings(rules, cookie_refresh, idle_timeout)
        self._may_be_public = bool(routes.open_anything or trust.lets_by_address or opens)
        self._rules = rules
        self._clock = clock
        self._cookie_refresh = cookie_refresh
        self._idle_timeout = idle_timeout
        self._sources = sources
        self._lists = lists
        self._outdated = store.outdated
        self._on_ruling = on_ruling
        self._on_lost = on_lost

    def admit(
        self, exchange: Exchange, method: bytes, path: bytes
    ) -> Admission | Coroutine[Any, Any, Admission]:
        """Say what happens to a request, and name the user in `exchange`.

        `method` and `path` (raw) choose the rules: those of the request itself in the reverse
        proxy, those that a trusted proxy forwarded in forward-auth. A coroutine comes back only
        when others have to be asked or told: to find, renew or end the session.
        """
        for source in self._sources:
            found = source(exchange)
            if isinstance(found, Session):
                return self._admit(exchange, method, path, found)
            if found is not None:
                return self._await(exchange, method, path, found)
        return self._by_cookie(exchange, method, path)

    async def _await(
        self,
        exchange: Exchange,
        method: bytes,
        path: bytes,
        found: Coroutine[Any, Any, Session | None],
    ) -> Admission:
        refusal: TooManyAttempts | None = None
        try:
            session = await found
        except TooManyAttempts as error:
            session, refusal = None, error
        if session is not None:
            return self._admit(exchange, method, path, session)
        admission = self._by_cookie(exchange, method, path)
        if not isinstance(admission, Admission):
            admission = await admission
        if refusal is not None and isinstance(admission.decision, SignIn):
            raise refusal  # nothing else lets them in
        exchange.reason = ""
        return admission

    def _admit(self, exchange: Exchange, method: bytes, path: bytes, session: Session) -> Admission:
        exchange.user, exchange.session = name_of(session.identity), session
        asked = Asked(asker_of(exchange).host, method, path)
        is_public = self.is_public(exchange, method, path)
        return Admission(self.judge(exchange, asked, session, is_public=is_public))

    def _by_cookie(
        self, exchange: Exchange, method: bytes, path: bytes
    ) -> Admission | Coroutine[Any, Any, Admission]:
        now = self._clock()
        found = self._store.load(exchange.head.index.get(b"cookie"), now)
        standing = self._standings.find(found, now)
        if standing is not None and not self._outdated:
            exchange.user, exchange.session = standing.name, standing.session
            return standing.admission
        asked = Asked(asker_of(exchange).host, method, path)
        is_public = self.is_public(exchange, method, path)
        if found is None or isinstance(found, Session):
            return self._with(exchange, asked, found, is_public=is_public)
        return self._by_store(exchange, asked, found, is_public=is_public)

    async def _by_store(
        self,
        exchange: Exchange,
        asked: Asked,
        finding: Awaitable[Session | None],
        *,
        is_public: bool,
    ) -> Admission:
        """Decide when the store answers; if it does not, public paths are open all the same."""
        try:
            session = await finding
        except StoreUnavailable:
            if not is_public:
                raise
            return Admission(self.judge(exchange, asked, None, is_public=True))
        admission = self._with(exchange, asked, session, is_public=is_public)
        return admission if isinstance(admission, Admission) else await admission

    def _with(
        self, exchange: Exchange, asked: Asked, session: Session | None, *, is_public: bool
    ) -> Admission | Coroutine[Any, Any, Admission]:
        """Decide with the session of the cookies."""
        now = self._clock()
        if session is not None and session.is_by_password and not self._lists(session):
            session = None
        if session is not None:
            exchange.user, exchange.session = name_of(session.identity), session
            if needs_refresh(session, now, self._cookie_refresh):
                return self._renew(exchange, asked, session, is_public=is_public)
            if needs_touch(session, now, self._idle_timeout):
                # Shortly before a renewal it comes with that, see `_resealed`.
                soon = needs_refresh(session, now + _LONGEST_ANSWER, self._cookie_refresh)
                write = self._renew if soon else self._touch
                return write(exchange, asked, session, is_public=is_public)
        decision = self.judge(exchange, asked, session, is_public=is_public)
        if isinstance(decision, Allow):
            if session is not None and self._outdated:
                return Admission(decision, self._resealed(exchange, session, now))
            admission = Admission(decision)
            self._standings.note(admission, now)
            return admission
        if isinstance(decision, Deny):
            return self._deny(exchange, decision) if decision.everywhere else Admission(decision)
        present = exchange.head.get(b"cookie")
        cookies = self._store.clear_present(asker_of(exchange).host, present)
        return Admission(decision, tuple(cookies))

    def _resealed(self, exchange: Exchange, session: Session, now: float) -> tuple[str, ...]:
        """Return the cookies of a session that a key sealed which is about to go.

        None shortly before a renewal, which seals anew by itself: this answer may come after its
        answer, and would put the tokens of before back into the browser.
        """
        if needs_refresh(session, now + _LONGEST_ANSWER, self._cookie_refresh):
            return ()
        present = exchange.head.get(b"cookie")
        return tuple(self._store.reseal(session, asker_of(exchange).host, present, now))

    async def _deny(self, exchange: Exchange, denial: Deny) -> Admission:
        """End the session of somebody who is refused everywhere.

        A store that does not take that changes nothing for them: the rule refuses the session.
        """
        host, present = asker_of(exchange).host, exchange.head.get(b"cookie")
        try:
            cookies = await self._store.clear(host, present)
        except StoreUnavailable:
            cookies = self._store.clear_present(host, present)
        return Admission(denial, tuple(cookies))

    def is_public(self, exchange: Exchange, method: bytes, path: bytes) -> bool:
        """Say whether a request needs nobody to be signed in: by its path, or where it is from."""
        if not self._may_be_public:
            return False
        head = exchange.head
        return (
            self._routes.is_public(method, path)
            or self._trust.passes_by_address(head, exchange.peer)
            or (self._opens is not None and self._opens(method, head))
        )

    def judge(
        self, exchange: Exchange, asked: Asked, session: Session | None, *, is_public: bool
    ) -> Decision:
        """Say what happens to whoever has this session, by the rules for everybody."""
        decision = decide(session, self._rules, self._clock(), asked, is_public=is_public)
        if isinstance(decision, Deny) or (isinstance(decision, Allow) and decision.would_refuse):
            self._on_ruling(exchange, asked, decision)
        return decision

    def judge_again(self, exchange: Exchange, session: Session) -> Decision:
        """Judge a request that was let in a while ago and is still open, with this session."""
        asked = Asked(asker_of(exchange).host, exchange.head.method, exchange.head.path)
        return self.judge(exchange, asked, session, is_public=False)

    async def _renew(
        self, exchange: Exchange, asked: Asked, old: Session, *, is_public: bool
    ) -> Admission:
        new = await self._refresher.refresh(old)
        host = asker_of(exchange).host
        present = exchange.head.get(b"cookie")
        cookies: Sequence[str] = ()
        if new is None:
            exchange.user = ""
            cookies = await self._over(exchange, host, present)
        elif new is not old or needs_touch(new, self._clock(), self._idle_timeout):
            kept = new
            try:
                new, cookies = await self._used(exchange, kept)
            except SessionTooLarge as error:
                # The tokens of before may be used up. Whoever signs in again is told what is wrong.
                self._on_lost(error.code, kept)
                new, exchange.user = None, ""
                cookies = await self._store.clear(host, present)
        decision = self.judge(exchange, asked, new, is_public=is_public)
        if isinstance(decision, Deny) and decision.everywhere:  # it is of no use to them
            return await self._deny(exchange, decision)
        return Admission(decision, tuple(cookies))

    async def _over(self, exchange: Exchange, host: str, present: bytes | None) -> list[str]:
        """Return what takes the cookies of a session away that the provider ended.

        Where sessions live in cookies, another replica may have renewed this one a moment ago, and
        the provider refuses the second who asks. So the session is not remembered as ended, and a
        part of a page that comes too late takes nothing away that the browser may just have got.
        """
        if self._store.finds_all:
            return await self._store.clear(host, present)
        if is_part(exchange.head):
            return []
        return list(self._store.clear_present(host, present))

    async def _touch(
        self, exchange: Exchange, asked: Asked, session: Session, *, is_public: bool
    ) -> Admission:
        """Decide, and have the store write down that the session was used."""
        decision = self.judge(exchange, asked, session, is_public=is_public)
        if isinstance(decision, Deny) and decision.everywhere:
            return await self._deny(exchange, decision)
        used, cookies = await self._used(exchange, session)
        if used is None:
            decision = self.judge(exchange, asked, None, is_public=is_public)
        return Admission(decision, tuple(cookies))

    async def _used(
        self, exchange: Exchange, session: Session
    ) -> tuple[Session | None, Sequence[str]]:
        """Write down that a session is used; return it and the cookies that say so.

        None instead when it was ended while this request waited. A store that takes no note of a
        use ends nothing: the session is as good as it was found. Raises SessionTooLarge.
        """
        host, present = asker_of(exchange).host, exchange.head.get(b"cookie")
        try:
            cookies = await self._store.save(session, host, present)
            still = await found_in(self._store.still(session, present, self._clock()))
        except StoreUnavailable:
            return session, ()
        if still is None:
            exchange.user = ""
            return None, self._store.clear_present(host, present)
        return session, cookies
