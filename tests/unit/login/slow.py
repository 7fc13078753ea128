"""A store that has to be asked elsewhere, in place of the one that a gate keeps in cookies."""

import asyncio
from collections.abc import Awaitable

from sidegate.core.errors import StoreUnavailable
from sidegate.core.identity import Session
from tests.unit.login.fakes import Sessions


class SlowSessions(Sessions):
    """Answers after a turn of the loop, or does not answer; says what it was told to end."""

    def __init__(self, held: Session | None = None) -> None:
        super().__init__(held)
        self.is_down = False
        self.cleared = 0
        self.ends_at_the_next_save = False
        self.takes_nothing = False

    def load(  # type: ignore[override] # the kind of store that has to be asked
        self, cookie_header: bytes | None, now: float
    ) -> Session | Awaitable[Session | None] | None:
        found = super().load(cookie_header, now)
        return found if cookie_header is None else self._later(found)

    def still(  # type: ignore[override] # as `load`
        self, session: Session, cookie_header: bytes | None, now: float
    ) -> Session | Awaitable[Session | None] | None:
        del session
        return self.load(cookie_header, now)

    async def save(self, session: Session, host: str, present: bytes | None) -> list[str]:
        await self._later(None)
        if self.takes_nothing:
            raise StoreUnavailable("it takes nothing")
        if self.ends_at_the_next_save:
            return await self.clear(host, present)
        return await super().save(session, host, present)

    async def clear(self, host: str, present: bytes | None) -> list[str]:
        await self._later(None)
        self.cleared += 1
        self.held = None
        return await super().clear(host, present)

    async def _later(self, found: Session | None) -> Session | None:
        await asyncio.sleep(0)
        if self.is_down:
            raise StoreUnavailable("refused")
        return found
