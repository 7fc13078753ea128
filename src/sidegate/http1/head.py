"""Heads of requests: complete bytes in, a checked value out, or our error.

Rule 1: httptools (llhttp) parses; what it tolerates and RFC 9112 or our policy does not is refused
here. Both must agree before anything is decided.
Rule 2: framing comes from the checks in this file and from nothing else.
Rule 3: a head is judged whole. Nothing is decided on part of one, except to refuse it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import httptools

from sidegate.core.errors import (
    BadRequest,
    ExpectationFailed,
    HeadTooLarge,
    MethodNotAllowed,
    TargetTooLong,
)
from sidegate.core.messages import RequestHead
from sidegate.http1.names import LowerNames
from sidegate.http1.target import origin_form

CHUNKED = -1
END = b"\r\n\r\n"
_LARGEST = 2**63 - 1
_TEXT = bytes(c for c in range(256) if (c >= 0x20 and c != 0x7F) or c == 0x09)
_REFUSED_METHODS = frozenset({b"CONNECT", b"TRACE", b"TRACK"})
_ONCE = frozenset({b"host", b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
_NOT_FIELDS = frozenset({b"close", b"keep-alive", b"upgrade", b"te"})
NOTHING: frozenset[bytes] = frozenset()
_HOST = re.compile(  # noqa: TID251 - fixed pattern, linear
    rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?"
)
_LOWER = LowerNames()
# What was judged once need not be judged again; bounded, because clients choose what comes.
BOUND = 1024
_KNOWN_HOSTS: set[bytes] = set()


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """How much head one message may have: bytes of the first line, bytes in all, fields."""

    first_line: int = 16 << 10
    total: int = 64 << 10
    fields: int = 128


class Collected:
    """What the parser's callbacks leave behind: the target, and the fields in order."""

    __slots__ = ("fields", "url")

    def __init__(self) -> None:
        self.fields: list[tuple[bytes, bytes]] = []
        self.url = b""

    def on_url(self, url: bytes) -> None:
        """Take the target, or a part of it."""
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one field."""
        self.fields.append((name, value))


def find_end(buffer: bytes | bytearray, start: int, limits: HeadLimits) -> int:
    """Return the index behind the head's empty line, or 0 when more bytes are needed.

    `start` is where new bytes begin, so that a head in many small pieces is scanned once. Raises
    TargetTooLong, HeadTooLarge, or BadRequest as soon as the bytes cannot become a legal head.
    """
    end = buffer.find(END, max(0, start - 3)) + 4
    if end > limits.total or (end < 4 and len(buffer) > limits.total):
        raise _too_large(buffer, limits)
    if end >= 4:
        return end
    _refuse_hopeless(buffer, start, limits)
    return 0


def _refuse_hopeless(buffer: bytes | bytearray, start: int, limits: HeadLimits) -> None:
    """Refuse at once what would only time out: control bytes, a bare LF, an endless first line."""
    new = buffer[max(0, start - 1) :]
    if start:
        new = new.removeprefix(b"\n")  # its CR was judged with the bytes before
    ends = new.translate(None, _TEXT).removesuffix(b"\r")
    if ends != b"\r\n" * (len(ends) // 2):
        raise BadRequest("control byte or bare LF in the head")
    if len(buffer) > limits.first_line and buffer.find(b"\r\n", 0, limits.first_line) < 0:
        raise _too_large(buffer, limits)


def _too_large(buffer: bytes | bytearray, limits: HeadLimits) -> HeadTooLarge | TargetTooLong:
    line = buffer.find(b"\r\n", 0, limits.first_line)
    if line < 0:
        return TargetTooLong(f"request line over {limits.first_line} bytes")
    return HeadTooLarge(f"head over {limits.total} bytes")


def parse_request(raw: bytes, limits: HeadLimits) -> RequestHead:
    """Return the checked head of one request.

    `raw` is one whole head, from the request line through the empty line. Raises a RequestError.
    """
    collected = Collected()
    parser = httptools.HttpRequestParser(collected)
    try:
        parser.feed_data(raw)
    except httptools.HttpParserUpgrade:
        pass  # only a request without a body gets here; the head was read completely
    except httptools.HttpParserError as error:
        raise BadRequest(f"not a request: {error}") from None
    head = RequestHead()
    head.method = parser.get_method()
    head.fields = fields = collected.fields
    head.minor = _first_line(raw, head.method, collected.url, limits)
    check_lines(raw, len(fields), limits)
    if head.method in _REFUSED_METHODS:
        raise MethodNotAllowed(head.method.decode())
    head.index = index = index_of(raw, fields)
    head.host = _host(index, head.minor)
    head.target = origin_form(collected.url, head.method, head.host)
    head.length = _request_length(index, head.minor)
    _connection(head, index)
    return head


def _first_line(raw: bytes, method: bytes, url: bytes, limits: HeadLimits) -> int:
    """Return the minor version; the line must be exactly method, target and version."""
    line = raw[: raw.find(b"\r\n")]
    if len(line) > limits.first_line:
        raise TargetTooLong(f"request line over {limits.first_line} bytes")
    if line == b"%b %b HTTP/1.1" % (method, url):
        return 1
    if line == b"%b %b HTTP/1.0" % (method, url):
        return 0
    raise BadRequest("the request line is not `method target HTTP/1.x`")


def check_lines(raw: bytes, count: int, limits: HeadLimits) -> None:
    """Refuse what a tolerant parser joins, splits or skips: one line per field, CRLF only.

    What is left when all text is deleted must be exactly the line ends: no control byte, no bare
    CR or LF, no folded field and no line that is not a field.
    """
    if count > limits.fields:
        raise HeadTooLarge(f"more than {limits.fields} fields")
    if raw.translate(None, _TEXT) != b"\r\n" * (count + 2):
        raise BadRequest("control byte, folded field, bare CR or LF, or a line that is no field")


def index_of(raw: bytes, fields: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Map lower-case names to values; join duplicates, refuse them where there may be one only."""
    if b" \r\n" in raw or b"\t\r\n" in raw:  # the parser trims in front only
        fields[:] = [(name, value.rstrip(b" \t")) for name, value in fields]
    lower = _LOWER
    index = {lower[name]: value for name, value in fields}
    return index if len(index) == len(fields) else _joined(fields)


def _joined(fields: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    index: dict[bytes, bytes] = {}
    for name, value in fields:
        key = _LOWER[name]
        if key not in index:
            index[key] = value
        elif key in _ONCE:
            raise BadRequest(f"{key.decode()} more than once")
        else:
            index[key] += (b"; " if key == b"cookie" else b", ") + value
    return index


def _host(index: dict[bytes, bytes], minor: int) -> bytes:
    """Return the authority; exactly one valid Host, which HTTP/1.0 may leave out."""
    host = index.get(b"host")
    if host is None:
        if minor:
            raise BadRequest("no Host (RFC 9112 section 3.2)")
        return b""
    if host not in _KNOWN_HOSTS:
        if not _HOST.fullmatch(host) or b"," in host:
            raise BadRequest("invalid Host")
        if len(_KNOWN_HOSTS) < BOUND:
            _KNOWN_HOSTS.add(host)
    return host


def _request_length(index: dict[bytes, bytes], minor: int) -> int:
    """Return the body length, 0 for none, CHUNKED (RFC 9112 section 6.3, stricter)."""
    coding = index.get(b"transfer-encoding")
    declared = index.get(b"content-length")
    if coding is None:
        return 0 if declared is None else content_length(declared)
    if declared is not None:
        raise BadRequest("Content-Length and Transfer-Encoding together")
    if coding.lower() != b"chunked" or not minor:
        raise BadRequest("Transfer-Encoding other than exactly `chunked` in HTTP/1.1")
    return CHUNKED


def content_length(text: bytes) -> int:
    """Return the value of a Content-Length. Raises BadRequest unless it is 1*DIGIT below 2**63."""
    # bytes.isdigit is ASCII only, int() is not strict enough on its own ("+5", "1_0").
    if not text.isdigit() or len(text) > 19 or int(text) > _LARGEST:
        raise BadRequest("invalid Content-Length")
    return int(text)


class ConnectionOptions:
    """What a Connection field says (RFC 9110 section 7.6.1). `nominated`: the fields it names."""

    __slots__ = ("closes", "keeps", "nominated", "upgrades")

    def __init__(self, value: bytes) -> None:
        tokens = frozenset(token.strip(b" \t") for token in value.lower().split(b","))
        self.closes = b"close" in tokens
        self.keeps = b"keep-alive" in tokens
        self.upgrades = b"upgrade" in tokens
        self.nominated = tokens - _NOT_FIELDS


class _Connections(dict[bytes, ConnectionOptions]):
    """Remembers what usual Connection fields say."""

    def __missing__(self, value: bytes) -> ConnectionOptions:
        options = ConnectionOptions(value)
        if len(self) < BOUND:
            self[value] = options
        return options


CONNECTIONS = _Connections()


def _connection(head: RequestHead, index: dict[bytes, bytes]) -> None:
    """Set what Connection, Upgrade and Expect ask for."""
    head.keep_alive = head.minor == 1
    head.nominated = NOTHING
    head.upgrade = head.expects_continue = False
    connection = index.get(b"connection")
    if connection is not None:
        options = CONNECTIONS[connection]
        head.keep_alive = not options.closes and (head.minor == 1 or options.keeps)
        head.nominated = options.nominated
        if options.upgrades and index.get(b"upgrade", b"").lower() == b"websocket":
            head.upgrade = _is_handshake(head)
    expect = index.get(b"expect")
    if expect is not None:
        if expect.lower() != b"100-continue":
            raise ExpectationFailed("only 100-continue is known")
        head.expects_continue = head.minor == 1 and head.length != 0


def _is_handshake(head: RequestHead) -> bool:
    """Say whether the request may become a WebSocket (RFC 6455 section 4.1)."""
    if head.method != b"GET" or head.length != 0 or head.minor == 0:
        raise BadRequest("a WebSocket handshake is a GET of HTTP/1.1 without a body")
    return True
