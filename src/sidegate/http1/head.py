"""Heads of requests and answers: complete bytes in, a checked value out, or our error.

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
    UpstreamGarbled,
)
from sidegate.core.messages import RequestHead
from sidegate.http1.names import LowerNames
from sidegate.http1.target import origin_form

CHUNKED = -1
UNTIL_CLOSE = -2
END = b"\r\n\r\n"
_LARGEST = 2**63 - 1
_LEGAL = bytes(c for c in range(256) if (c >= 0x20 and c != 0x7F) or c in b"\t\r\n")
_REFUSED_METHODS = frozenset({b"CONNECT", b"TRACE", b"TRACK"})
_ONCE = frozenset({b"host", b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
_LISTS_WITHOUT_FIELD = frozenset({b"close", b"keep-alive", b"upgrade", b"te"})
_NOTHING: frozenset[bytes] = frozenset()
_HOST = re.compile(  # noqa: TID251 - fixed pattern, linear
    rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?"
)
_LOWER = LowerNames()


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """How much head one message may have: bytes of the first line, bytes in all, fields."""

    first_line: int = 16 << 10
    total: int = 64 << 10
    fields: int = 128


class ResponseHead:
    """The head of an upstream's answer. `length` as in RequestHead, or UNTIL_CLOSE (-2)."""

    __slots__ = ("fields", "index", "keep_alive", "length", "minor", "nominated", "status")

    status: int
    minor: int
    fields: list[tuple[bytes, bytes]]
    index: dict[bytes, bytes]
    length: int
    keep_alive: bool
    nominated: frozenset[bytes]


class _Collected:
    """What the parser's callbacks leave behind."""

    __slots__ = ("fields", "url")

    def __init__(self) -> None:
        self.fields: list[tuple[bytes, bytes]] = []
        self.url = b""

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
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
    if new.translate(None, _LEGAL) or new.count(b"\n") != new.count(b"\r\n") + (new[:1] == b"\n"):
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
    collected = _Collected()
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
    _check_lines(raw, len(fields), limits)
    if head.method in _REFUSED_METHODS:
        raise MethodNotAllowed(head.method.decode())
    head.index = index = _index(fields)
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


def _check_lines(raw: bytes, count: int, limits: HeadLimits) -> None:
    """Refuse what a tolerant parser joins, splits or skips: one line per field, CRLF only."""
    if count > limits.fields:
        raise HeadTooLarge(f"more than {limits.fields} fields")
    lines = raw.count(b"\r\n")
    if lines != count + 2 or raw.count(b"\n") != lines or raw.count(b"\r") != lines:
        raise BadRequest("folded field, bare CR or LF, or a line that is no field")
    if raw.translate(None, _LEGAL):
        raise BadRequest("control byte in the head")


def _index(fields: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Map lower-case names to values; join duplicates, refuse them where there may be one only."""
    index: dict[bytes, bytes] = {}
    lower = _LOWER
    for position, (name, value) in enumerate(fields):
        if value[-1:] in b" \t" and value:  # the parser trims in front only
            value = value.rstrip(b" \t")  # noqa: PLW2901 - the trimmed value replaces the raw one
            fields[position] = (name, value)
        key = lower[name]
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
    if not _HOST.fullmatch(host) or b"," in host:
        raise BadRequest("invalid Host")
    return host


def _request_length(index: dict[bytes, bytes], minor: int) -> int:
    """Return the body length, 0 for none, CHUNKED (RFC 9112 section 6.3, stricter)."""
    coding = index.get(b"transfer-encoding")
    declared = index.get(b"content-length")
    if coding is None:
        return 0 if declared is None else _content_length(declared)
    if declared is not None:
        raise BadRequest("Content-Length and Transfer-Encoding together")
    if coding.lower() != b"chunked" or not minor:
        raise BadRequest("Transfer-Encoding other than exactly `chunked` in HTTP/1.1")
    return CHUNKED


def _content_length(text: bytes) -> int:
    # bytes.isdigit is ASCII only, int() is not strict enough on its own ("+5", "1_0").
    if not text.isdigit() or len(text) > 19 or int(text) > _LARGEST:
        raise BadRequest("invalid Content-Length")
    return int(text)


def _connection(head: RequestHead, index: dict[bytes, bytes]) -> None:
    """Set what Connection, Upgrade and Expect ask for."""
    head.keep_alive = head.minor == 1
    head.nominated = _NOTHING
    head.upgrade = False
    connection = index.get(b"connection")
    if connection is not None:
        tokens = frozenset(token.strip(b" \t") for token in connection.lower().split(b","))
        head.keep_alive = b"close" not in tokens and (head.minor == 1 or b"keep-alive" in tokens)
        head.nominated = tokens - _LISTS_WITHOUT_FIELD
        if b"upgrade" in tokens and index.get(b"upgrade", b"").lower() == b"websocket":
            head.upgrade = _is_handshake(head)
    expect = index.get(b"expect")
    head.expects_continue = False
    if expect is not None:
        if expect.lower() != b"100-continue":
            raise ExpectationFailed("only 100-continue is known")
        head.expects_continue = head.minor == 1 and head.length != 0


def _is_handshake(head: RequestHead) -> bool:
    """Say whether the request may become a WebSocket (RFC 6455 section 4.1)."""
    if head.method != b"GET" or head.length != 0 or head.minor == 0:
        raise BadRequest("a WebSocket handshake is a GET of HTTP/1.1 without a body")
    return True


def parse_response(raw: bytes, method: bytes, limits: HeadLimits) -> ResponseHead:
    """Return the checked head of an upstream's answer to `method`. Raises UpstreamGarbled."""
    collected = _Collected()
    parser = httptools.HttpResponseParser(collected)
    try:
        parser.feed_data(raw)
        head = ResponseHead()
        head.status = parser.get_status_code()
        head.fields = collected.fields
        head.minor = _status_line(raw, head.status)
        _check_lines(raw, len(head.fields), limits)
        head.index = _index(head.fields)
        head.length = _response_length(head, method)
    except httptools.HttpParserUpgrade:
        return _switching(parser, collected, raw, limits)
    except (httptools.HttpParserError, BadRequest, HeadTooLarge) as error:
        raise UpstreamGarbled(str(error)) from None
    _persistence(head)
    return head


def _switching(
    parser: httptools.HttpResponseParser, collected: _Collected, raw: bytes, limits: HeadLimits
) -> ResponseHead:
    """Return the head of a 101, where the parser stops with a signal instead of an end."""
    head = ResponseHead()
    head.status, head.fields, head.length = parser.get_status_code(), collected.fields, 0
    try:
        head.minor = _status_line(raw, head.status)
        _check_lines(raw, len(head.fields), limits)
        head.index = _index(head.fields)
    except (BadRequest, HeadTooLarge) as error:
        raise UpstreamGarbled(str(error)) from None
    _persistence(head)
    return head


def _status_line(raw: bytes, status: int) -> int:
    """Return the minor version of a status line with a status of three digits."""
    start = raw[:13]
    for minor, version in ((1, b"HTTP/1.1 "), (0, b"HTTP/1.0 ")):
        if start.startswith(version) and start[9:12] == b"%d" % status and start[12:13] in b" \r":
            if not 100 <= status <= 599:
                break
            return minor
    raise BadRequest("the status line is not `HTTP/1.x status reason`")


def _response_length(head: ResponseHead, method: bytes) -> int:
    """Return the body length of an answer (RFC 9112 section 6.3)."""
    coding = head.index.get(b"transfer-encoding")
    declared = head.index.get(b"content-length")
    if coding is not None and (
        declared is not None or coding.lower() != b"chunked" or head.minor == 0
    ):
        raise BadRequest("Transfer-Encoding with Content-Length, or not exactly `chunked`")
    length = None if declared is None else _content_length(declared)
    if method == b"HEAD" or head.status in (204, 304) or head.status < 200:
        return 0
    if coding is not None:
        return CHUNKED
    return UNTIL_CLOSE if length is None else length


def _persistence(head: ResponseHead) -> None:
    """Set whether the upstream connection may be used again, and what Connection nominates."""
    connection = head.index.get(b"connection")
    head.keep_alive = head.minor == 1 and head.length != UNTIL_CLOSE
    head.nominated = _NOTHING
    if connection is not None:
        tokens = frozenset(token.strip(b" \t") for token in connection.lower().split(b","))
        head.keep_alive = head.keep_alive and b"close" not in tokens
        head.nominated = tokens - _LISTS_WITHOUT_FIELD
