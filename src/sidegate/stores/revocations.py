"""What this process heard of sessions that ended before their time. In bounded memory.

A session in a cookie is nowhere but in the browser: to end it from outside means to remember that
it is over, for as long as its cookie could be opened. Only this process remembers, until it ends;
replicas and restarts know nothing of it. With a store that all share (Redis) none of this is used.

Rule 1: whatever is dropped for want of room makes more sessions end, never fewer. One more session
    of somebody who signed out very often ends all of theirs. Where everything is full, the oldest
    note goes, and every session that was older than it ends.
Rule 2: only what was proven is noted: a session that was opened, or a token of a provider. Else a
    stranger could fill the memory.
"""

from collections import OrderedDict
from typing import Any, Final

from sidegate.core.identity import Session

MOST: Final = 20_000  # notes of each kind; some 5 MB in all when all are full
MOST_PER_PERSON: Final = 200  # kiosks share a name, and sign out every day

Person = tuple[str, str]


class Revocations:
    """Says which sessions are over. `lifetime`: seconds that the longest session lasts.

    All times are seconds since the epoch.
    """

    __slots__ = ("_before", "_ids", "_lifetime", "_most", "_people", "_sids")

    def __init__(self, lifetime: float, most: int = MOST) -> None:
        self._lifetime = lifetime
        self._most = most
        # Each in the order of arrival, with the moment it was noted at. What began after it is
        # good again: a provider may go on with a session that it had us end.
        self._ids: OrderedDict[str, tuple[float, Person]] = OrderedDict()
        self._people: OrderedDict[Person, float] = OrderedDict()
        self._sids: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._before = 0.0  # everything older is over

    def __len__(self) -> int:
        return len(self._ids) + len(self._people) + len(self._sids)

    def covers(self, session: Session) -> bool:
        """Say whether a session is over."""
        who = session.provider, session.identity.user
        return (
            session.id in self._ids
            or session.created_at <= self._before
            or session.created_at <= self._people.get(who, -1.0)
            or session.created_at <= self._sids.get(_at_provider(session), -1.0)
        )

    def end(self, session: Session, now: float) -> None:
        """Note that this one session is over."""
        who = session.provider, session.identity.user
        self._forget_old(now)
        same = [key for key, (_, owner) in self._ids.items() if owner == who]
        if len(same) >= MOST_PER_PERSON:
            self.end_person(*who, now)
            return
        self._ids[session.id] = now, who
        self._shrink(self._ids)

    def end_person(self, provider: str, user: str, now: float) -> None:
        """Note that every session of somebody that began until now is over."""
        self._forget_old(now)
        self._people.pop((provider, user), None)
        self._people[provider, user] = now
        for key in [key for key, (_, owner) in self._ids.items() if owner == (provider, user)]:
            del self._ids[key]
        self._shrink(self._people)

    def end_provider_session(self, provider: str, sid: str, now: float) -> None:
        """Note that what came until now of this session at the provider is over."""
        self._forget_old(now)
        self._sids.pop((provider, sid), None)
        self._sids[provider, sid] = now
        self._shrink(self._sids)

    def _forget_old(self, now: float) -> None:
        """Drop the notes about sessions that have ended by themselves meanwhile."""
        oldest = now - self._lifetime
        while self._ids and next(iter(self._ids.values()))[0] <= oldest:
            self._ids.popitem(last=False)
        for notes in (self._people, self._sids):
            while notes and next(iter(notes.values())) <= oldest:
                notes.popitem(last=False)

    def _shrink(self, notes: "OrderedDict[Any, Any]") -> None:
        """Keep to the bound, see rule 1."""
        if len(notes) > self._most:
            _, noted = notes.popitem(last=False)
            at = noted[0] if isinstance(noted, tuple) else noted
            self._before = max(self._before, at)


def _at_provider(session: Session) -> tuple[str, str]:
    return session.provider, session.provider_session_id
