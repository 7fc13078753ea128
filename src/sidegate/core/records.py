"""What a store of sessions asks of a shared server: records under names, indexes, and leases.

Whatever waits raises StoreUnavailable when the server does not answer in time, or refuses.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Record:
    """One session as the server keeps it: sealed text and a number.

    `session` opens with the browser's ticket only; `about`, whose session it is and how long it
    lasts, with the keys of the gate. `generation` counts refreshes.
    """

    session: str = field(repr=False)
    about: str = field(repr=False)
    generation: int = 0


class Records(Protocol):
    """Keeps records until they end. `key`: a name without meaning; `seconds`: time to live."""

    async def read(self, key: str) -> str | None:
        """Return the sealed session, or None."""

    async def about(self, key: str) -> str | None:
        """Return what is said of a session, sealed, or None."""

    async def write(self, key: str, record: Record, seconds: float) -> None:
        """Keep a new record."""

    async def replace(self, key: str, record: Record, seconds: float) -> str | None:
        """Keep a later generation of a record that is there.

        Return the sealed session that is kept now: this one, or a newer one that was there. None:
        there is none any more, and none was made.
        """

    async def end(self, key: str) -> str | None:
        """Remove a record, and return its `about`; None when there was none."""

    async def note(self, index: str, key: str, *, now: float, until: float) -> None:
        """Put `key` into an index until then (seconds since the epoch); what is over falls out."""

    async def noted(self, index: str, now: float) -> list[str]:
        """Return the keys in an index that are not over."""

    async def count(self, index: str, now: float) -> int:
        """Return how many keys in an index are not over."""

    async def strike(self, index: str, keys: Sequence[str]) -> None:
        """Take keys out of an index."""

    async def tell(self, message: str) -> None:
        """Tell every process that listens."""

    def all(self, prefix: str) -> AsyncIterator[tuple[str, str]]:
        """Yield key and `about` of each record whose key begins so: slow, for operators."""


class Leases(Protocol):
    """Lets one process of many do something. `holder`: unique to whoever asks."""

    async def take(self, key: str, holder: str, milliseconds: int) -> bool:
        """Take the lease if nobody has it, and say whether `holder` has it now."""

    async def renew(self, key: str, holder: str, milliseconds: int) -> bool:
        """Let it last that long from now, if `holder` still has it; say whether."""

    async def release(self, key: str, holder: str) -> bool:
        """Give it back, if `holder` still has it; say whether."""
