"""A session is renewed exactly once, however many requests need it at the same moment.

Rule 1: one call to the provider per session at a time in this process; all who need it share its
    result. Where sessions are shared, `turns` sees to it that no other process calls either.
Rule 2: the call is no child of any request: a client that leaves does not waste a refresh token
    that the provider may already have replaced.
Rule 3: a request that still carries the cookie of before gets the result again for a minute.
Rule 4: a provider that fails for now ends no session; the session is left as it is for ten seconds.
Rule 5: nobody waits longer than `PATIENCE`; a provider that does not answer is asked by one session
    each ten seconds, while all others go on at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any, Final, Generic, TypeVar

from sidegate.core.errors import (
    GrantRejected,
    IdTokenRejected,
    ProviderMisbehaved,
    ProviderUnavailable,
    StoreUnavailable,
)
from sidegate.core.identity import Grant, Session, Tokens
from sidegate.core.ports import Clock
from sidegate.core.providers import Providers
from sidegate.core.steps import step

GRACE: Final = 60.0
BACK_OFF: Final = 10.0
PATIENCE: Final = 5.0
MOST_REMEMBERED: Final = 2048

Key = TypeVar("Key")
Value = TypeVar("Value")
Renewal = Session | None
Ask = Callable[[Session], Awaitable[Session]]
"""Asks the provider for the next generation. Raises ProviderError or IdTokenRejected."""
Turns = Callable[[Session, Ask], Awaitable[Renewal]]
"""Renews a session with `Ask`, or returns what another process made of it; None: it has ended."""
Spawn = Callable[[Coroutine[Any, Any, Renewal]], "asyncio.Task[Renewal]"]


class Recent(Generic[Key, Value]):
    """Remembers values for a fixed time, the newest `MOST_REMEMBERED` of them.

    All live equally long, so the order of arrival is the order of expiry.
    """

    __slots__ = ("_entries", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._entries: dict[Key, tuple[float, Value]] = {}

    def put(self, key: Key, value: Value, now: float) -> None:
        """Remember `value` from now on, and forget what is over or too much."""
        self._entries.pop(key, None)
        self._entries[key] = (now + self._seconds, value)
        while len(self._entries) > MOST_REMEMBERED or self._oldest_end() <= now:
            del self._entries[next(iter(self._entries))]

    def get(self, key: Key, now: float) -> tuple[Value] | None:
        """Return the value in a tuple (it may be None itself), or None when there is none."""
        entry = self._entries.get(key)
        return None if entry is None or entry[0] <= now else (entry[1],)

    def __len__(self) -> int:
        return len(self._entries)

    def _oldest_end(self) -> float:
        return next(iter(self._entries.values()))[0]


class Rest:
    """Which providers do not answer; one session at a time finds out whether they do again."""

    __slots__ = ("_until",)

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def may_ask(self, provider: str, now: float) -> bool:
        """Say whether a session may ask; who is let through speaks for all for a while."""
        until = self._until.get(provider)
        if until is None:
            return True
        if 0 < until - now <= BACK_OFF:  # more: the clock was set back
            return False
        self.begin(provider, now)
        return True

    def begin(self, provider: str, now: float) -> None:
        """Leave the provider alone from now on."""
        self._until[provider] = now + BACK_OFF

    def end(self, provider: str) -> None:
        """Take note that the provider answers: nobody is turned away any more."""
        self._until.pop(provider, None)


async def alone(session: Session, ask: Ask) -> Renewal:
    """Renew a session that no other process knows."""
    return await ask(session)


class Refresher:
    """Renews sessions, each at its own provider.

    `spawn` starts a task whose parent is the gate, not a request. `on_renewed` hears of each
    renewed session, `on_error` the stable code of each failure and the session, and
    `on_incomplete` the code of a call that failed behind a renewal, so that groups are those of
    before. `turns`: how processes that share sessions take turns.
    """

    def __init__(
        self,
        providers: Providers,
        clock: Clock,
        spawn: Spawn,
        *,
        turns: Turns = alone,
        patience: float = PATIENCE,
        on_renewed: Callable[[Session], None] = lambda _session: None,
        on_error: Callable[[str, Session], None] = lambda _code, _session: None,
        on_incomplete: Callable[[str], None] = lambda _code: None,
    ) -> None:
        self._providers = providers
        self._clock = clock
        self._spawn = spawn
        self._turns = turns
        self._patience = patience
        self._on_renewed = on_renewed
        self._on_error = on_error
        self._on_incomplete = on_incomplete
        self._running: dict[str, asyncio.Task[Renewal]] = {}
        self._done: Recent[tuple[str, int], Renewal] = Recent(GRACE)
        self._failed: Recent[str, None] = Recent(BACK_OFF)
        self._rest = Rest()

    async def refresh(self, session: Session) -> Session | None:
        """Return the session to go on with, or None when it is over.

        The very same object means: not renewed, go on with it. Another object goes into new
        cookies, also when it comes from the memory: this browser may not have it yet. Yields to
        the loop only when the provider must be asked.
        """
        latest, known = self._latest(session)
        if known:
            return latest
        now = self._clock()
        task = self._running.get(session.id)
        if task is None:
            if self._failed.get(session.id, now) or not self._rest.may_ask(session.provider, now):
                return session
            task = self._spawn(self._renew(session))
            self._running[session.id] = task
            task.add_done_callback(lambda _task: self._running.pop(session.id, None))
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if not done:  # it goes on; whoever comes next finds what came of it
            self._rest.begin(session.provider, self._clock())
            return session
        renewed = task.result()
        # Nothing newer came of it: the very same object says so.
        return (
            session if renewed is not None and renewed.generation <= session.generation else renewed
        )

    def _latest(self, session: Session) -> tuple[Renewal, bool]:
        """Follow the remembered renewals of this session; say whether there was any."""
        now, known = self._clock(), False
        latest: Renewal = session
        while latest is not None and (entry := self._done.get(_key(latest), now)) is not None:
            latest, known = entry[0], True
        return latest, known

    async def _renew(self, session: Session) -> Renewal:
        try:
            renewed = await self._turns(session, self._ask)
        except (ProviderUnavailable, ProviderMisbehaved, StoreUnavailable) as error:
            self._on_error(error.code, session)
            now = self._clock()
            self._failed.put(session.id, None, now)
            if isinstance(error, ProviderUnavailable) and error.is_silent:
                self._rest.begin(session.provider, now)
            return session
        except (GrantRejected, IdTokenRejected) as error:
            self._on_error(error.code, session)
            renewed = None
        self._rest.end(session.provider)  # it answered, us or another process
        self._done.put(_key(session), renewed, self._clock())
        return renewed

    async def _ask(self, session: Session) -> Session:
        with step("refresh session") as telling:
            telling.note("sidegate.provider", session.provider)
            grant = await self._providers.of(session).refresh(session)
            renewed = _renewed(session, grant, self._clock())
        self._on_renewed(renewed)
        if grant.trouble:
            self._on_incomplete(grant.trouble)
        return renewed


def _key(session: Session) -> tuple[str, int]:
    return session.id, session.generation


def _renewed(session: Session, grant: Grant, now: float) -> Session:
    """Return the next generation. Raises IdTokenRejected when it is about somebody else.

    OpenID Connect Core 1.0 section 12.2: the same subject; tokens that did not come anew stay.
    """
    if grant.identity.user != session.identity.user:
        raise IdTokenRejected("the refreshed identity has another subject")
    old, new = session.tokens, grant.tokens
    return replace(
        session,
        identity=grant.identity,
        tokens=Tokens(
            access_token=new.access_token,
            id_token=new.id_token or old.id_token,
            refresh_token=new.refresh_token or old.refresh_token,
            expires_at=new.expires_at,
            renews_by_asking=new.renews_by_asking,
        ),
        refreshed_at=now,
        generation=session.generation + 1,
        provider_session_id=grant.session_id or session.provider_session_id,
    )
