"""What is known of tokens for a while, in memory that has bounds of number and of bytes."""

from typing import Final, Generic, TypeVar

ENTRY_BYTES: Final = 512  # what an entry costs besides what the caller counts

Value = TypeVar("Value")


class TokenMemory(Generic[Value]):
    """Maps digests to values until their time is over; the oldest go when there are too many.

    A clock that is set back makes what was remembered before it forgotten, not kept for longer.
    """

    __slots__ = ("_bytes", "_entries", "_most", "_most_bytes")

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._entries: dict[bytes, tuple[float, float, int, Value]] = {}
        self._bytes = 0

    def get(self, key: bytes, now: float) -> Value | None:
        """Return the value of a digest, or None when it is unknown or over."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= now < entry[1]:
            return entry[3]
        self._drop(key)
        return None

    def put(self, key: bytes, value: Value, *, now: float, until: float, size: int) -> None:
        """Remember a value from `now` until `until`; `size`: the bytes it holds on to."""
        size += ENTRY_BYTES
        if until <= now or size > self._most_bytes:
            return
        self._drop(key)
        self._entries[key] = (now, until, size, value)
        self._bytes += size
        while len(self._entries) > self._most or self._bytes > self._most_bytes:
            self._drop(next(iter(self._entries)))

    def __len__(self) -> int:
        return len(self._entries)

    def _drop(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry[2]
