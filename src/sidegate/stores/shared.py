"""Sessions on a server that all replicas share. The browser holds a ticket, the server sealed text.

Rule 1: nobody is asked to sign in because the server did not answer: that is StoreUnavailable.
Rule 2: nothing is reported as ended before the server took it.
Rule 3: what has ended is never made anew by a renewal that was on its way.
Rule 4: index before session, so that whatever is kept can be found and ended; an index that names
    what is gone does no harm.
Rule 5: what only counts may fail, and is done last: nobody waits for a sign-in because of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from sidegate.core.errors import StoreUnavailable
from sidegate.core.identity import Ended, Session
from sidegate.core.ports import Clock, Randomness
from sidegate.core.records import Record, Records
from sidegate.session.bound import BoundSealer
from sidegate.session.codec import Keep, decode_session, encode_session
from sidegate.session.freshness import remaining
from sidegate.session.idleness import touched
from sidegate.session.keyring import KeyRing
from sidegate.stores import about as abouts
from sidegate.stores.about import About, open_about, seal_about
from sidegate.stores.session_cookies import SessionCookies, is_theirs
from sidegate.stores.session_memory import Seen, SessionMemory
from sidegate.stores.ticket import EndedByName, Ticket, session_name, session_sealer, unpack_ticket

INDEXES: Final = "session-index"
COUNTED: Final = "n"
"""The index of all sessions, for whoever counts them. Its key: the prefix, `:`, this."""
MOST_LISTED: Final = 50
"""How many sessions a person is shown: of one who has more, those that end last."""
Outcome = Session | StoreUnavailable | None
Spawn = Callable[[Coroutine[Any, Any, Outcome]], "asyncio.Task[Outcome]"]


@dataclass(frozen=True, slots=True)
class Kept:
    """One session for operators. `name` is what it is called outside of its browser."""

    name: str
    about: About


class SharedStore:
    """Loads, saves, ends and lists sessions.

    `cookies` carry tickets. `ring` seals what is said of sessions and names the indexes.
    `bindings`: as for `BoundSealer`. `keep` says what of a session is stored, by its provider.
    `spawn` starts a task whose parent is the gate, not a request.
    `on_expired` hears of each ticket whose session is over by its own end.
    """

    finds_all = True

    def __init__(
        self,
        cookies: SessionCookies,
        records: Records,
        ring: KeyRing,
        keep: Callable[[str], Keep],
        *,
        bindings: Mapping[str, bytes],
        prefix: str,
        idle_timeout: float,
        clock: Clock,
        randomness: Randomness,
        spawn: Spawn,
    ) -> None:
        self._cookies = cookies
        self._ours = cookies.ours
        self._records = records
        self._about_sealer = ring.sealer(abouts.PURPOSE)
        self._namer = ring.namer(INDEXES)
        self._keep = keep
        self._prefix = f"{prefix}:s:"
        self._index_prefix = f"{prefix}:i:"
        self._lease_prefix = f"{prefix}:l:"
        self._counted = f"{prefix}:{COUNTED}"
        self._clock = clock
        self._randomness = randomness
        self._spawn = spawn
        self._bindings = bindings
        self._idle_timeout = idle_timeout
        self.on_expired: Callable[[], None] = lambda: None
        self.on_used: Callable[[Session], None] = lambda _: None
        self.on_ended: Callable[[Ended], None] = lambda _: None
        self._memory = SessionMemory()
        self._asking: dict[str, asyncio.Task[Outcome]] = {}
        self.outdated = cookies.outdated
        self.is_present = cookies.is_present
        self.domain_for = cookies.domain_for
        self.clear_present = cookies.clear_present
        self.is_ours = cookies.is_ours
        self.strip = cookies.strip

    # Finding

    def load(
        self, cookie_header: bytes | None, now: float
    ) -> Session | Awaitable[Session | None] | None:
        """Return the live session, None, or what asks the server. That raises StoreUnavailable."""
        cookie = self._ours(cookie_header)
        if cookie is None:
            return None
        seen = self._memory.get(cookie, now)
        if seen is None:
            ticket = self._ticket(cookie)
            if ticket is None:
                return None
            seen = self._memory.put(cookie, ticket.id, now)
        session = seen.session
        # One that nobody used here for long may have been used at another process.
        if seen.is_fresh(now) and (session is None or not session.has_expired(now)):
            return session
        return self._ask(cookie, seen)

    def opens(self, cookie_header: bytes | None, now: float) -> bool:
        """Say whether these cookies carry a ticket of ours; if it is still good, `load` knows."""
        cookie = self._ours(cookie_header)
        if cookie is None:
            return False
        seen = self._memory.get(cookie, now)
        if seen is not None and seen.is_fresh(now):
            return self._alive(seen.session, now) is not None
        return self._ticket(cookie) is not None

    def still(
        self, session: Session, cookie_header: bytes | None, now: float
    ) -> Session | Awaitable[Session | None] | None:
        """Return the session as it is now, or None when it has ended; or what asks the server."""
        del cookie_header
        seen = self._memory.of(session.id)
        if seen is not None and seen.is_fresh(now):
            kept = seen.session
            if kept is None or not kept.has_expired(now):
                return kept
        return self.load_fresh(session.id)

    async def load_fresh(self, session_id: str) -> Session | None:
        """Return the session as the server has it now. Raises StoreUnavailable."""
        seen = self._memory.of(session_id) or Seen(session_id)
        sealed = await self._records.read(self._prefix + seen.name)
        now = self._clock()
        seen.see(None if sealed is None else self._open(session_id, sealed), now)
        return self._alive(seen.session, now)

    async def _ask(self, cookie: bytes, seen: Seen) -> Session | None:
        task = self._asking.get(seen.name)
        if task is None:
            task = self._asking[seen.name] = self._spawn(self._fetch(cookie, seen))
            task.add_done_callback(lambda _task: self._asking.pop(seen.name, None))
        outcome = await asyncio.shield(task)
        if isinstance(outcome, StoreUnavailable):
            raise StoreUnavailable(str(outcome))
        return outcome

    async def _fetch(self, cookie: bytes, seen: Seen) -> Outcome:
        """Ask once for however many wait; without an answer, what was just seen bridges the gap."""
        try:
            sealed = await self._records.read(self._prefix + seen.name)
        except StoreUnavailable as error:
            now = self._clock()
            return self._alive(seen.session, now) if seen.bridges(now) else error
        now = self._clock()
        seen.see(None if sealed is None else self._open(seen.id, sealed), now)
        self._memory.put(cookie, seen.id, now)
        return self._alive(seen.session, now)

    def _alive(self, session: Session | None, now: float) -> Session | None:
        if session is None or not session.has_expired(now):
            return session
        self.on_expired()
        return None

    def _tickets(self, cookies: bytes | None) -> list[Ticket]:
        opened = self._cookies.open(cookies or b"")
        return [ticket for plain, _ in opened if (ticket := unpack_ticket(plain)) is not None]

    def _ticket(self, cookies: bytes) -> Ticket | None:
        return max(self._tickets(cookies), key=lambda ticket: ticket.created_at, default=None)

    # Keeping

    async def save(self, session: Session, host: str, present: bytes | None) -> list[str]:
        """Keep a session, as used right now, and return the cookies that carry its ticket.

        One that is over, or whose ticket the browser has and that was ended meanwhile, is cleared.
        A new one ends the one that the browser had. Raises StoreUnavailable or SessionTooLarge.
        """
        now = self._clock()
        session = touched(session, now, self._idle_timeout)
        if not remaining(session, now):
            return await self.clear(host, present)
        brought = {ticket.id for ticket in self._tickets(present)}
        if session.id not in brought:
            await self._begin(session)
        elif await self.replace(session) is None:
            return self._cookies.clear(host, present)
        for other in brought - {session.id}:
            await self._end(session_name(other))
        self.on_used(session)
        return self._write(session, host, present, now)

    def reseal(self, session: Session, host: str, present: bytes | None, now: float) -> list[str]:
        """Return the cookies that carry the same ticket under the key of now, none if they do."""
        due = self._cookies.is_due(present, now)
        return self._write(session, host, present, now) if due else []

    def forget(self) -> None:
        """Open every ticket anew: a key has come or gone."""
        self._memory.clear()
        self.outdated.clear()

    def _write(self, session: Session, host: str, present: bytes | None, now: float) -> list[str]:
        ticket = Ticket(session.id, session.created_at).pack()
        # The cookie lasts to the absolute end: not each use writes it anew.
        left = ceil(session.ends_at - now)
        return self._cookies.write(ticket, session.provider, host, present, left)

    async def replace(self, session: Session) -> Session | None:
        """Keep a renewed session; return the one to go on with.

        Another one than `session`, where a later renewal was kept already. None: it was ended, and
        stays so. Raises StoreUnavailable or SessionTooLarge.
        """
        name = session_name(session.id)
        record = self._record(session, name)
        await self._note(session, name)
        kept = await self._records.replace(self._prefix + name, record, self._seconds(session))
        if kept is None:
            self._has_ended(name)
            return None
        await self._count(session, name)
        now = session if kept == record.session else self._open(session.id, kept)
        if seen := self._memory.of(session.id):
            seen.see(now, self._clock())
        return now

    async def _begin(self, session: Session) -> None:
        name = session_name(session.id)
        record = self._record(session, name)
        await self._note(session, name)
        await self._records.write(self._prefix + name, record, self._seconds(session))
        await self._count(session, name)

    async def _count(self, session: Session, name: str) -> None:
        """Have the session counted as long as the server keeps it."""
        now = self._clock()
        with suppress(StoreUnavailable):
            await self._records.note(
                self._counted, name, now=now, until=now + remaining(session, now)
            )

    def _seconds(self, session: Session) -> float:
        return remaining(session, self._clock())

    async def _note(self, session: Session, name: str) -> None:
        now = self._clock()
        for index in self._indexes_of(session):
            await self._records.note(index, name, now=now, until=session.ends_at)

    def _record(self, session: Session, name: str) -> Record:
        plain = encode_session(session, self._keep(session.provider))
        return Record(
            self._sealer(session.id).seal(plain, session.provider, name.encode()),
            seal_about(session, self._about_sealer, self._prefix + name),
            session.generation,
        )

    def _open(self, session_id: str, sealed: str) -> Session | None:
        name = session_name(session_id).encode()
        opened = self._sealer(session_id).open(sealed.encode("ascii", "replace"), name)
        session = None if opened is None else decode_session(opened[0])
        if opened is None or session is None or not is_theirs(session, opened[1]):
            return None
        return session

    def _sealer(self, session_id: str) -> BoundSealer:
        return BoundSealer(session_sealer(session_id, self._randomness), self._bindings)

    # Ending

    async def clear(self, host: str, present: bytes | None) -> list[str]:
        """End the sessions in the cookies, and return those that sign the browser out.

        Raises StoreUnavailable, and then nobody was signed out.
        """
        for ticket in self._tickets(present):
            await self._end(session_name(ticket.id))
        return self._cookies.clear(host, present)

    async def end_all(self, provider: str, *, user: str = "", sid: str = "") -> int:
        """End all sessions of a provider session, or, without `sid`, of a person.

        Return how many there were. Raises StoreUnavailable; some may have ended then.
        """
        now, ended = self._clock(), 0
        for index in self._indexes(provider, user=user, sid=sid):
            for name in await self._records.noted(index, now):
                ended += await self._end(name)
        return ended

    async def end(self, name: str) -> bool:
        """End the session of this name; say whether there was one. Raises StoreUnavailable."""
        return await self._end(name)

    async def _end(self, name: str) -> bool:
        sealed = await self._records.end(self._prefix + name)
        self._has_ended(name)
        # What follows only spares others a question; they ask within seconds all the same.
        with suppress(StoreUnavailable):
            await self._records.tell(name)
            await self._records.strike(self._counted, [name])
            about = sealed and open_about(sealed, self._about_sealer, self._prefix + name)
            if about:
                for index in self._indexes(about.provider, user=about.user, sid=""):
                    await self._records.strike(index, [name])
                for index in self._indexes(about.provider, user="", sid=about.sid):
                    await self._records.strike(index, [name])
        return sealed is not None

    def heard(self, message: str) -> None:
        """Take note of what another process told: the name of a session that has ended.

        Empty text: something may have been missed, so that all have to be asked for again.
        """
        if message:
            self._has_ended(message)
        else:
            self._memory.doubt()

    def _has_ended(self, name: str) -> None:
        self._memory.end(name)
        self.on_ended(EndedByName(name=name))

    # For operators, and for whoever renews

    async def sessions(self, user: str = "", name: str = "") -> AsyncIterator[Kept]:
        """Yield the sessions of a person, or whose name begins so, or all. Slow: for operators."""
        async for key, sealed in self._records.all(self._prefix + name):
            about = open_about(sealed, self._about_sealer, key)
            if about is not None and (not user or about.is_of(user)):
                yield Kept(key.removeprefix(self._prefix), about)

    async def of_person(self, provider: str, user: str) -> list[Kept]:
        """Return the sessions of a person, the newest first.

        `MOST_LISTED`, and one if there are more. Raises StoreUnavailable.
        """
        now = self._clock()
        names: list[str] = []
        for index in self._indexes(provider, user=user, sid=""):
            names += await self._records.noted(index, now)
        found = []
        for name in dict.fromkeys(names[-MOST_LISTED - 1 :]):
            key = self._prefix + name
            sealed = await self._records.about(key)
            about = None if sealed is None else open_about(sealed, self._about_sealer, key)
            if about is not None and (about.provider, about.user) == (provider, user):
                found.append(Kept(name, about))
        return sorted(found, key=lambda kept: -kept.about.created_at)

    def lease_of(self, session_id: str) -> str:
        """Return the key of the lease that lets one process renew this session."""
        return self._lease_prefix + session_name(session_id)

    def _indexes_of(self, session: Session) -> list[str]:
        """Return the indexes that a new session goes into."""
        provider, sid = session.provider, session.provider_session_id
        indexes = self._indexes(provider, user=session.identity.user, sid="")[:1]
        return indexes + (self._indexes(provider, user="", sid=sid)[:1] if sid else [])

    def _indexes(self, provider: str, *, user: str, sid: str) -> list[str]:
        """Return the index of a provider session, else of a person, under every key of the ring."""
        if not sid and not user:
            return []
        kind, value = (b"sid", sid) if sid else (b"user", user)
        bound = self._bindings.get(provider, b"")
        names = self._namer.names(bound, kind, provider.encode(), value.encode())
        return [self._index_prefix + name for name in names]
