"""What was opened a moment ago, so that a request costs no decryption."""

from typing import Final, Generic, TypeVar

PERIOD: Final = 30.0
MOST_ENTRIES: Final = 4096
MOST_KEY_BYTES: Final = 8 << 20


Value = TypeVar("Value")


class SessionCache(Generic[Value]):
    """Remembers what exact cookie bytes stand for, for 30 to 60 seconds, in bounded memory.

    Two generations: new entries go into the young one; when that is half a minute old or holds
    half of what is allowed, it becomes the old one and the old one is dropped. A hit is two
    comparisons and one look-up, and nothing is moved. Only what our keys opened goes in, so
    strangers cannot fill it.
    """

    __slots__ = ("_began", "_bytes", "_old", "_young")

    def __init__(self) -> None:
        self._young: dict[bytes, Value] = {}
        self._old: dict[bytes, Value] = {}
        self._bytes = 0
        self._began = 0.0

    def get(self, key: bytes, now: float) -> Value | None:
        """Return what these cookie bytes stand for, or None when it is not remembered."""
        if not 0 <= now - self._began < PERIOD:
            self._turn(now)
        return self._young.get(key) or self._old.get(key)

    def put(self, key: bytes, value: Value, now: float) -> None:
        """Remember what was just opened, or still is of use. Too large a key: not remembered."""
        if len(key) > MOST_KEY_BYTES // 2:
            return
        if len(self._young) >= MOST_ENTRIES // 2 or self._bytes + len(key) > MOST_KEY_BYTES // 2:
            self._swap(now)
        if key not in self._young:
            self._bytes += len(key)
        self._young[key] = value

    def clear(self) -> None:
        """Forget all: some session ended before its time, and each is opened and judged anew."""
        self._young, self._old, self._bytes = {}, {}, 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def _turn(self, now: float) -> None:
        # After a pause of two periods, or a clock that was set back, both generations are stale.
        stale = not 0 <= now - self._began < 2 * PERIOD
        self._swap(now)
        if stale:
            self._old = {}

    def _swap(self, now: float) -> None:
        self._old, self._young = self._young, {}
        self._bytes = 0
        self._began = now
