"""A reader of RFC 9112 that forgives nothing, to judge what the gate sends in both directions.

It shares no code with the gate. `NotStrict` says what a message has that the grammar does not.
"""

import re
from dataclasses import dataclass

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rb"(%b) ([\x21-\x7e]+) HTTP/1\.([01])" % TOKEN)
STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2}) ([\t\x20-\x7e\x80-\xff]*)")
FIELD = re.compile(rb"(%b):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*" % TOKEN)
SIZE = re.compile(rb"([0-9a-fA-F]{1,16})((?:;[\t\x20-\x7e\x80-\xff]*)?)")
DIGITS = re.compile(rb"[0-9]{1,19}")
BODILESS = {204, 304}


class NotStrict(Exception):
    """The bytes are no HTTP/1.1 message, or one that two readers may read in two ways."""


@dataclass(frozen=True)
class Message:
    """One message. `size`: its bytes on the wire so far; `is_complete`: its end was seen.

    `start` is (method, target) or (status, reason); names of `fields` are lower-case.
    """

    start: tuple[bytes, bytes]
    fields: tuple[tuple[bytes, bytes], ...]
    body: bytes
    size: int
    is_complete: bool

    def get(self, name: bytes) -> bytes | None:
        """Return the value of a field that comes at most once."""
        values = [value for key, value in self.fields if key == name]
        if len(values) > 1:
            raise NotStrict(f"{name.decode()} came {len(values)} times")
        return values[0] if values else None

    @property
    def status(self) -> int:
        """The status of an answer."""
        return int(self.start[0])


def read_request(raw: bytes) -> Message | None:
    """Return the first request in `raw`, None while its head is incomplete."""
    head = _head(raw, REQUEST_LINE)
    if head is None:
        return None
    line, fields, at = head
    method, target, minor = line
    if method != b"OPTIONS" and target[:1] != b"/":
        raise NotStrict(f"target {target!r} is not in origin-form")
    if len([1 for name, _ in fields if name == b"host"]) != 1:
        raise NotStrict("not exactly one Host")
    length = _length(fields, minor)
    return _message((method, target), fields, raw, at, 0 if length is None else length)


def read_answer(raw: bytes, method: bytes, *, has_ended: bool) -> Message | None:
    """Return the first answer in `raw`, to a request with `method`."""
    head = _head(raw, STATUS_LINE)
    if head is None:
        return None
    line, fields, at = head
    minor, status, reason = line
    length = _length(fields, minor)
    code = int(status)
    if code < 200 or code == 204:
        if length is not None:
            raise NotStrict(f"an answer {code} with Content-Length or Transfer-Encoding")
        length = 0
    if method == b"HEAD" or code in BODILESS:
        length = 0
    start = status, reason
    if length is None:
        return Message(start, fields, raw[at:], len(raw), has_ended)
    return _message(start, fields, raw, at, length)


Fields = tuple[tuple[bytes, bytes], ...]


def _head(raw: bytes, first: "re.Pattern[bytes]") -> tuple[tuple[bytes, ...], Fields, int] | None:
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        return None
    lines = raw[:end].split(b"\r\n")
    return _match(first, lines[0]), tuple(_field(line) for line in lines[1:]), end + 4


def _match(pattern: "re.Pattern[bytes]", line: bytes) -> tuple[bytes, ...]:
    found = pattern.fullmatch(line)
    if found is None:
        raise NotStrict(f"illegal line {line[:80]!r}")
    return found.groups()


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, value = _match(FIELD, line)
    return name.lower(), value


def _length(fields: Fields, minor: bytes) -> int | None:
    """Return the length of the body, -1 for chunks, None when nothing says."""
    lengths = [value for name, value in fields if name == b"content-length"]
    codings = [value for name, value in fields if name == b"transfer-encoding"]
    if len(lengths) + len(codings) > 1:
        raise NotStrict("more than one field says how long the body is")
    if codings:
        if codings[0].lower() != b"chunked" or minor == b"0":
            raise NotStrict(f"Transfer-Encoding: {codings[0]!r} in HTTP/1.{minor.decode()}")
        return -1
    if lengths:
        _match(DIGITS, lengths[0])
        return int(lengths[0])
    return None


def _message(
    start: tuple[bytes, bytes], fields: Fields, raw: bytes, at: int, length: int
) -> Message:
    if length < 0:
        body, end, is_complete = _chunks(raw, at)
    else:
        body, end, is_complete = raw[at : at + length], at + length, len(raw) >= at + length
    return Message(start, fields, body, min(end, len(raw)), is_complete)


def _chunks(raw: bytes, at: int) -> tuple[bytes, int, bool]:
    """Return (body, index behind it, whether it is complete)."""
    body = bytearray()
    while True:
        line, behind = _line(raw, at)
        if behind < 0:
            return bytes(body), len(raw), False
        size = int(_match(SIZE, line)[0], 16)
        if not size:
            return _trailers(raw, behind, bytes(body))
        body += raw[behind : behind + size]
        at = behind + size + 2
        if len(raw) < at:
            return bytes(body), len(raw), False
        if raw[at - 2 : at] != b"\r\n":
            raise NotStrict("a chunk does not end where its size says")


def _trailers(raw: bytes, at: int, body: bytes) -> tuple[bytes, int, bool]:
    while True:
        line, at = _line(raw, at)
        if at < 0:
            return body, len(raw), False
        if not line:
            return body, at, True
        _field(line)


def _line(raw: bytes, at: int) -> tuple[bytes, int]:
    """Return (line, index behind it); the index is -1 while the line is incomplete."""
    end = raw.find(b"\r\n", at)
    return (b"", -1) if end < 0 else (raw[at:end], end + 2)
