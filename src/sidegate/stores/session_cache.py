"""Sessions that were opened a moment ago, so that a request costs no decryption."""

from typing import Final

from sidegate.core.identity import Session

PERIOD: Final = 30.0
MOST_ENTRIES: Final = 4096
MOST_KEY_BYTES: Final = 8 << 20


class SessionCache:
    """Remembers the session of exact cookie bytes for 30 to 60 seconds, in bounded memory.

    Two generations: new entries go into the young one; when that is half a minute old or holds
    half of what is allowed, it becomes the old one and the old one is dropped. A hit is two
    comparisons and one look-up, and nothing is moved. Only opened sessions go in, so strangers
    cannot fill it.
    """

    __slots__ = ("_began", "_bytes", "_old", "_young")

    def __init__(self) -> None:
        self._young: dict[bytes, Session] = {}
        self._old: dict[bytes, Session] = {}
        self._bytes = 0
        self._began = 0.0

    def get(self, key: bytes, now: float) -> Session | None:
        """Return the session of these cookie bytes, or None when it is not remembered."""
        if not 0 <= now - self._began < PERIOD:
            self._turn(now)
        return self._young.get(key) or self._old.get(key)

    def put(self, key: bytes, session: Session, now: float) -> None:
        """Remember a session that was just opened. Larger than all allowed: not remembered."""
        if len(key) > MOST_KEY_BYTES // 2:
            return
        if len(self._young) >= MOST_ENTRIES // 2 or self._bytes + len(key) > MOST_KEY_BYTES // 2:
            self._swap(now)
        self._young[key] = session
        self._bytes += len(key)

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
