"""One sealed value over several cookies, and back.

- `NAME` holds the value when the whole Set-Cookie fits; else `NAME_0` to `NAME_7` hold its pieces
  and `NAME_0` begins with their count (`3.`), so a missing piece is seen before anything is opened.
- A browser can send one name several times: another path or domain, or a sibling domain that
  plants cookies. `candidates` then offers a bounded number of values; the seal tells which is real.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from sidegate.core.errors import SessionTooLarge

MOST_CHUNKS: Final = 8
MOST_COOKIE_BYTES: Final = 4093  # name, value and attributes; the least that any browser stores
MOST_NAME_BYTES: Final = 256
MOST_CANDIDATES: Final = 8
_MARK: Final = b"."  # no letter of base64url
_MARK_BYTES: Final = 2
_MOST_DIGITS: Final = 2  # of the number in the name of a piece


class ChunkNames:
    """The cookie names of one session cookie; cut so that none is longer than 256 bytes."""

    __slots__ = ("_stem", "all", "chunks", "single")

    def __init__(self, name: str) -> None:
        self.single = name[:MOST_NAME_BYTES]
        stem = name[: MOST_NAME_BYTES - 2]
        self.chunks = tuple(f"{stem}_{number}" for number in range(MOST_CHUNKS))
        self.all = frozenset(text.encode("latin-1") for text in (self.single, *self.chunks))
        self._stem = f"{stem}_".encode("latin-1")

    def covers(self, name: bytes) -> bool:
        """Say whether a cookie of this name is a piece of a session, ours or one of before.

        oauth2-proxy numbers more pieces than we do. Three digits are nobody's.
        """
        number = name.removeprefix(self._stem)
        return name in self.all or (
            number.isdigit() and len(number) <= _MOST_DIGITS and name != number
        )


def split(names: ChunkNames, value: str, attribute_bytes: int) -> list[tuple[str, str]]:
    """Return (name, value) of the cookies that carry `value`.

    `attribute_bytes`: length of what follows the value in Set-Cookie. Raises SessionTooLarge when
    more than eight cookies would be needed.
    """
    if len(names.single) + 1 + len(value) + attribute_bytes <= MOST_COOKIE_BYTES:
        return [(names.single, value)]
    size = MOST_COOKIE_BYTES - attribute_bytes - len(names.chunks[0]) - 1
    if size <= _MARK_BYTES:
        raise SessionTooLarge("the attributes of the session cookie leave no room for a value")
    count = -(-(len(value) + _MARK_BYTES) // size)
    if count > MOST_CHUNKS:
        raise SessionTooLarge(f"the session needs {count} cookies, {MOST_CHUNKS} are the most")
    # Never fewer than two: what does not fit beside the name alone does not fit beside the mark.
    marked = f"{count}{_MARK.decode()}{value}"
    pieces = [marked[start : start + size] for start in range(0, len(marked), size)]
    return list(zip(names.chunks, pieces, strict=False))


def candidates(names: ChunkNames, cookies: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """Return the values that these cookies may carry, eight at most, in the order they came.

    Whole values come before joined ones. Pieces of the same origin stand at the same place among
    the duplicates of their name; where one name came less often, its last piece is taken.
    """
    found: dict[bytes, list[bytes]] = {}
    for name, value in cookies:
        if name in names.all:
            found.setdefault(name, []).append(value)
    whole = found.get(names.single.encode("latin-1"), [])
    pieces = [found.get(name.encode("latin-1"), []) for name in names.chunks]
    # Half of the places are kept for joined values, however many whole ones were planted.
    joined = list(_join(pieces))
    return whole[: MOST_CANDIDATES - len(joined)] + joined


def _join(pieces: list[list[bytes]]) -> Iterator[bytes]:
    most = max(map(len, pieces))
    for place in range(min(most, MOST_CANDIDATES // 2)):
        row = [values[min(place, len(values) - 1)] if values else None for values in pieces]
        first = row[0]
        if first is None:
            return
        count = _count(first)
        parts = [part for part in row[1:count] if part is not None]
        if len(parts) == count - 1:
            yield b"".join((first[_MARK_BYTES:], *parts))


def _count(first: bytes) -> int:
    """Return how many pieces the first one announces, or 0 when it announces nothing valid."""
    # Compared as bytes: `int` would accept more spellings of a number than we write.
    if first[1:_MARK_BYTES] != _MARK or not b"2" <= first[:1] <= b"8":
        return 0
    return first[0] - ord("0")
