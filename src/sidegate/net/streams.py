"""What stays open behind one request: WebSockets and event streams of somebody who is signed in.

A request is judged once, and may then stay open for days. So whoever opened it is looked at again.

Rule 1: what this process hears of ends at once: a sign-out, here or at the provider, a session
    that could not be renewed, or that a rule refused. What it does not hear of ends with the next
    look, and a session's own end is never missed.
Rule 2: a look changes nothing: no session is renewed, and none counts as used, because something
    stays open. Nobody could give the browser its new cookie.
Rule 3: when nobody can tell whether a session is good, what is open stays open until its own end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from sidegate.core.errors import SidegateError
from sidegate.core.identity import Ended, Session
from sidegate.core.messages import Exchange
from sidegate.core.ports import Clock
from sidegate.net.sweeper import NEVER

INTERVAL: Final = 60.0
FIRST: Final = 1.0  # seconds until the first look: the session may have ended on the way here
REASON: Final = "session_ended"
"""What the log says of a request that was closed for it."""

Verdict = Session | None
Judge = Callable[[Session, Exchange], Verdict | Awaitable[Verdict]]
"""Returns the session as it is now, or None when nobody may go on with it.

May raise SidegateError when nobody can tell.
"""


class Stream:
    """One open stream. `due`: monotonic seconds until which nobody has to look at it.

    `key`: the id of the session that opened it, by which it is found.
    """

    __slots__ = ("due", "end", "exchange", "key", "session")

    def __init__(self, session: Session, exchange: Exchange, end: Callable[[], None]) -> None:
        self.key = session.id
        self.session = session
        self.exchange = exchange
        self.end = end
        self.due = NEVER

    def __repr__(self) -> str:
        return f"<Stream {self.exchange.head!r}>"


class Streams:
    """All that are open in this process; a `net.sweeper.Watched`.

    `interval`: seconds between two looks, 0 for none. `judge` is set by whoever knows sessions.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        wall: Clock,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        interval: float = INTERVAL,
    ) -> None:
        self.monotonic = monotonic
        self.judge: Judge = lambda session, _: session
        self.deadline = NEVER
        self._wall = wall
        self._spawn = spawn
        self._interval = interval
        self._by_session: dict[str, set[Stream]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_session.values()))

    def open(self, session: Session, exchange: Exchange, end: Callable[[], None]) -> Stream:
        """Watch a stream from now on; `end` closes it."""
        stream = Stream(session, exchange, end)
        self._by_session.setdefault(stream.key, set()).add(stream)
        self._plan_look(stream, FIRST)
        return stream

    def forget(self, stream: Stream) -> None:
        """Watch it no longer: it has ended."""
        those = self._by_session.get(stream.key)
        if those is not None:
            those.discard(stream)
            if not those:
                del self._by_session[stream.key]

    def used(self, session: Session) -> None:
        """Note a session as it is now: it may have become longer, or have been renewed."""
        for stream in self._by_session.get(session.id, ()):
            stream.session = session

    def ended(self, ended: Ended) -> None:
        """Close whatever is open of the sessions that ended."""
        if ended.id:
            over = list(self._by_session.get(ended.id, ()))
        else:
            over = [one for one in self._all() if ended.covers(one.session)]
        for stream in over:
            self._close(stream)

    def expire(self) -> None:
        """Look at the streams whose time has come."""
        now = self.monotonic()
        for stream in self._all():
            if stream.due <= now:
                self._look_at(stream)
        self.deadline = min((stream.due for stream in self._all()), default=NEVER)

    def _all(self) -> list[Stream]:
        return [stream for those in self._by_session.values() for stream in those]

    def _plan_look(self, stream: Stream, soon: float = NEVER) -> None:
        """Look again after the interval, or when the session ends by itself."""
        if self._interval > 0:
            left = max(0.0, stream.session.end - self._wall())
            stream.due = self.monotonic() + min(self._interval, left, soon)
            self.deadline = min(self.deadline, stream.due)

    def _look_at(self, stream: Stream) -> None:
        stream.due = self.monotonic() + self._interval
        try:
            verdict = self.judge(stream.session, stream.exchange)
        except SidegateError:
            verdict = self._unknown(stream)
        if verdict is None or isinstance(verdict, Session):
            self._act_on(stream, verdict)
        else:
            self._spawn(self._await_verdict(stream, verdict))

    async def _await_verdict(self, stream: Stream, finding: Awaitable[Verdict]) -> None:
        try:
            verdict = await finding
        except SidegateError:
            verdict = self._unknown(stream)
        self._act_on(stream, verdict)

    def _unknown(self, stream: Stream) -> Verdict:
        """Go on until the session's own end, see rule 3."""
        return None if stream.session.has_expired(self._wall()) else stream.session

    def _act_on(self, stream: Stream, verdict: Verdict) -> None:
        if stream not in self._by_session.get(stream.key, ()):
            return  # it ended meanwhile
        if verdict is None:
            self._close(stream)
        else:
            stream.session = verdict
            self._plan_look(stream)

    def _close(self, stream: Stream) -> None:
        self.forget(stream)
        stream.exchange.reason = REASON
        stream.end()
