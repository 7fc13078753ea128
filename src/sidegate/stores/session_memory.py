"""Sessions of a shared server that this process has seen, so that not each request asks for them.

A session counts as known for `FRESH` seconds after the server was asked. When the server does not
answer, it is still used until `BRIDGE` seconds after that. What is ended here, or by somebody who
tells everybody, is over in the memory at once, and for good: an id never comes back.
"""

from typing import Final
from weakref import WeakValueDictionary

from sidegate.core.identity import Session
from sidegate.stores.session_cache import SessionCache
from sidegate.stores.ticket import session_name

FRESH: Final = 5.0
BRIDGE: Final = 30.0


class Seen:
    """One session as it was seen last; None: the server has none. One object per session."""

    __slots__ = ("__weakref__", "_from", "_until", "id", "is_over", "name", "session")

    def __init__(self, session_id: str) -> None:
        self.id = session_id
        self.name = session_name(session_id)
        self.session: Session | None = None
        self.is_over = False
        self._from = self._until = 0.0

    def is_fresh(self, now: float) -> bool:
        """Say whether nobody needs to be asked. A clock that was set back makes nothing fresh."""
        return self._from <= now < self._until

    def bridges(self, now: float) -> bool:
        """Say whether what was seen may be used although the server does not answer."""
        return self.session is not None and self._from <= now < self._from + BRIDGE

    def see(self, session: Session | None, now: float) -> None:
        """Take note of what the server has. What is over stays so; generations only go up."""
        if self.is_over:
            return
        known = self.session
        if session is None or known is None or session.generation >= known.generation:
            self.session = session
            self._from, self._until = now, now + FRESH

    def end(self) -> None:
        """Take note that the session is over."""
        self.session, self.is_over = None, True
        self._from, self._until = 0.0, float("inf")

    def doubt(self) -> None:
        """Have the server asked next time."""
        if not self.is_over:
            self._until = 0.0


class SessionMemory:
    """Finds what was seen by the exact bytes of the cookie, and by the name of the session."""

    __slots__ = ("_by_name", "_cache")

    def __init__(self) -> None:
        self._cache: SessionCache[Seen] = SessionCache()
        self._by_name: WeakValueDictionary[str, Seen] = WeakValueDictionary()

    def get(self, cookie: bytes, now: float) -> Seen | None:
        """Return what these cookie bytes stand for, or None when they were not seen lately."""
        return self._cache.get(cookie, now)

    def put(self, cookie: bytes, session_id: str, now: float) -> Seen:
        """Remember that these cookie bytes hold this id; return what is known of its session."""
        seen = self.of(session_id) or Seen(session_id)
        self._by_name[seen.name] = seen
        self._cache.put(cookie, seen, now)
        return seen

    def of(self, session_id: str) -> Seen | None:
        """Return what was seen of a session, or None."""
        return self._by_name.get(session_name(session_id))

    def end(self, name: str) -> None:
        """End the session of this name, here."""
        seen = self._by_name.get(name)
        if seen is not None:
            seen.end()

    def doubt(self) -> None:
        """Have the server asked about every session: something may have been missed."""
        for seen in list(self._by_name.values()):
            seen.doubt()

    def clear(self) -> None:
        """Forget which cookies stand for what."""
        self._cache.clear()

    def __len__(self) -> int:
        return len(self._by_name)
