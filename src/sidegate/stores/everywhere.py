"""Where somebody is signed in, for them to see: out of the store that all replicas share."""

from collections.abc import Sequence

from sidegate.core.account import Place
from sidegate.core.identity import Session
from sidegate.session.idleness import used_at
from sidegate.stores.shared import MOST_LISTED, Kept, SharedStore
from sidegate.stores.ticket import session_name


class Everywhere:
    """Lists the sessions of a person, and ends them. `idle_timeout`: `session_idle_timeout`."""

    def __init__(self, sessions: SharedStore, idle_timeout: float) -> None:
        self._sessions = sessions
        self._idle_timeout = idle_timeout
        self.end = sessions.end

    async def places(self, session: Session) -> tuple[Sequence[Place], bool]:
        """Return the sessions of whose session this is, and whether there are more than these.

        The newest first. Raises StoreUnavailable.
        """
        this = session_name(session.id)
        found = await self._sessions.of_person(session.provider, session.identity.user)
        places = [self._place(kept, is_this=kept.name == this) for kept in found[:MOST_LISTED]]
        return places, len(found) > MOST_LISTED

    def _place(self, kept: Kept, *, is_this: bool) -> Place:
        about = kept.about
        return Place(
            name=kept.name,
            began_at=about.created_at,
            confirmed_at=about.refreshed_at,
            ends_at=about.ends_at,
            used_at=used_at(about.idle_until, self._idle_timeout),
            device=about.device,
            is_this=is_this,
        )
