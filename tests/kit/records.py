"""A shared server that is a dictionary: `core.records` without sockets, to try the stores on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from sidegate.core.errors import StoreUnavailable
from sidegate.core.records import Record


class MemoryRecords:
    """Keeps records until the `clock` says they are over. `is_down`: it does not answer."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.is_down = False
        self.reads = 0
        self.told: list[str] = []
        self.hearers: list[Callable[[str], None]] = []
        self.pauses: list[asyncio.Event] = []
        self.kept: dict[str, tuple[Record, float]] = {}
        self.indexes: dict[str, dict[str, float]] = {}
        self.leases: dict[str, tuple[str, float]] = {}

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.pauses:
            await self.pauses.pop().wait()
        if self.is_down:
            raise StoreUnavailable("down")
        now = self.clock()
        self.kept = {key: kept for key, kept in self.kept.items() if kept[1] > now}
        self.leases = {key: lease for key, lease in self.leases.items() if lease[1] > now}

    async def read(self, key: str) -> str | None:
        self.reads += 1
        await self._answer()
        return self.kept[key][0].session if key in self.kept else None

    async def about(self, key: str) -> str | None:
        await self._answer()
        return self.kept[key][0].about if key in self.kept else None

    async def write(self, key: str, record: Record, seconds: float) -> None:
        await self._answer()
        self.kept[key] = record, self.clock() + seconds

    async def replace(self, key: str, record: Record, seconds: float) -> str | None:
        await self._answer()
        if key not in self.kept:
            return None
        if self.kept[key][0].generation > record.generation:
            return self.kept[key][0].session
        self.kept[key] = record, self.clock() + seconds
        return record.session

    async def end(self, key: str) -> str | None:
        await self._answer()
        kept = self.kept.pop(key, None)
        return None if kept is None else kept[0].about

    async def note(self, index: str, key: str, *, now: float, until: float) -> None:
        await self._answer()
        assert until > now
        self.indexes.setdefault(index, {})[key] = until

    async def noted(self, index: str, now: float) -> list[str]:
        await self._answer()
        return [key for key, until in self.indexes.get(index, {}).items() if until > now]

    async def count(self, index: str, now: float) -> int:
        return len(await self.noted(index, now))

    async def strike(self, index: str, keys: Sequence[str]) -> None:
        await self._answer()
        for key in keys:
            self.indexes.get(index, {}).pop(key, None)

    async def tell(self, message: str) -> None:
        await self._answer()
        self.told.append(message)
        for hear in self.hearers:
            hear(message)

    async def all(self, prefix: str) -> AsyncIterator[tuple[str, str]]:
        await self._answer()
        for key, (record, _) in sorted(self.kept.items()):
            if key.startswith(prefix):
                yield key, record.about

    async def take(self, key: str, holder: str, milliseconds: int) -> bool:
        await self._answer()
        if self.leases.get(key, (holder, 0.0))[0] != holder:
            return False
        self.leases[key] = holder, self.clock() + milliseconds / 1000
        return True

    async def renew(self, key: str, holder: str, milliseconds: int) -> bool:
        await self._answer()
        return key in self.leases and await self.take(key, holder, milliseconds)

    async def release(self, key: str, holder: str) -> bool:
        await self._answer()
        if self.leases.get(key, ("", 0.0))[0] != holder:
            return False
        del self.leases[key]
        return True
