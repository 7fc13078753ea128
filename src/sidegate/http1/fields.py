"""Field lines: a line of a head in, a checked field out. Each usual line is judged once.

Most lines of a request are the same as in the request before: what the browser accepts, who it is,
where it came from. A line is judged and written canonically once and then found by its bytes,
which costs a tenth. Lines that carry secrets, and long ones, are not remembered.
"""

from __future__ import annotations

from sidegate.core.errors import BadRequest
from sidegate.http1.names import LowerNames

Field = tuple[bytes, bytes, bytes]
"""(lower-case name, value without blanks around it, canonical line with CRLF)."""

MOST_LINES = 2048
LONGEST_LINE = 256
TEXT = bytes(c for c in range(256) if (c >= 0x20 and c != 0x7F) or c == 0x09)
"""What may be in a line: everything but control bytes, and so no CR and no LF."""
_LOWER = LowerNames()
_SECRET = frozenset({b"cookie", b"set-cookie", b"authorization", b"proxy-authorization"})


class Fields(dict[bytes, Field]):
    """Maps a line without its CRLF to its field. Raises BadRequest for a line that is none.

    Another reader must not cut it in another way: no control byte, no bare CR or LF.

    When full it starts anew: lines that never come again, such as trace ids, are forgotten, and
    usual ones are back at their next use.
    """

    def __missing__(self, line: bytes) -> Field:
        name, colon, value = line.partition(b":")
        if not colon:
            raise BadRequest("a line without a colon")
        lower = _LOWER[name]
        if line.translate(None, TEXT):
            raise BadRequest("control byte, bare CR or bare LF in the head")
        value = value.strip(b" \t")
        field = (lower, value, b"%b: %b\r\n" % (name, value))
        if len(line) <= LONGEST_LINE and lower not in _SECRET:
            if len(self) >= MOST_LINES:
                self.clear()
            self[line] = field
        return field


def read_fields(known: Fields, lines: list[bytes]) -> list[Field]:
    """Return the fields of a head's lines, the first line left out. Raises BadRequest."""
    return list(map(known.__getitem__, lines[1:]))


def index_of(fields: list[Field], once: frozenset[bytes]) -> dict[bytes, bytes]:
    """Map lower-case names to values; join duplicates, refuse those of `once` with BadRequest."""
    index = {field[0]: field[1] for field in fields}
    return index if len(index) == len(fields) else _joined(fields, once)


def _joined(fields: list[Field], once: frozenset[bytes]) -> dict[bytes, bytes]:
    index: dict[bytes, bytes] = {}
    for name, value, _ in fields:
        if name not in index:
            index[name] = value
        elif name in once:
            raise BadRequest(f"{name.decode()} more than once")
        else:
            index[name] += (b"; " if name == b"cookie" else b", ") + value
    return index
