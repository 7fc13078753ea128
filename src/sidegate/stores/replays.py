"""Messages that count once: what this process, or all that share a server, has seen of them."""

import hashlib
from typing import Final

from sidegate.core.ports import Clock
from sidegate.core.records import Record, Records

MOST: Final = 20_000


class Replays:
    """Remembers names for a while, the newest `MOST` of them.

    Only names that were proven are noted, so strangers cannot push one out. Should a provider
    send that many in the few minutes that each is kept, the oldest is forgotten: all that its copy
    could do is to end sessions once more.
    """

    __slots__ = ("_clock", "_until")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}  # in the order of arrival

    async def is_used(self, name: str) -> bool:
        """Say whether this name was noted, and not too long ago."""
        return self._until.get(name, 0.0) > self._clock()

    async def use(self, name: str, seconds: float) -> None:
        """Note a name for so many seconds."""
        now = self._clock()
        self._until.pop(name, None)
        self._until[name] = now + seconds
        while len(self._until) > MOST or next(iter(self._until.values())) <= now:
            del self._until[next(iter(self._until))]

    def __len__(self) -> int:
        return len(self._until)


class SharedReplays:
    """The same for every process that shares these records, under keys that tell no name.

    `prefix`: what every key of this gate begins with. Both raise StoreUnavailable.
    """

    __slots__ = ("_prefix", "_records")

    def __init__(self, records: Records, prefix: str) -> None:
        self._records = records
        self._prefix = f"{prefix}:j:"

    async def is_used(self, name: str) -> bool:
        """Say whether this name was noted, and not too long ago."""
        return await self._records.read(self._key(name)) is not None

    async def use(self, name: str, seconds: float) -> None:
        """Note a name for so many seconds."""
        await self._records.write(self._key(name), Record("used", ""), seconds)

    def _key(self, name: str) -> str:
        return self._prefix + hashlib.sha256(name.encode()).hexdigest()
