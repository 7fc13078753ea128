"""Heads of requests: complete bytes in, a checked value out, or our error.

Rule 1: httptools (llhttp) parses; what it tolerates and RFC 9112 or our policy does not is refused
here. Both must agree before anything is decided.
Rule 2: framing comes from the checks in this file and from nothing else.
Rule 3: a head is judged whole. Nothing is decided on part of one, except to refuse it.
"""

from __future__ import annotations

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
from sidegate.http1.fields import TEXT, Fields, index_of, read_fields
from sidegate.http1.host import is_host
from sidegate.http1.names import remember
from sidegate.http1.target import origin_form

CHUNKED = -1
END = b"\r\n\r\n"
_LARGEST = 2**63 - 1
_REFUSED_METHODS = frozenset({b"CONNECT", b"TRACE"})
ONCE = frozenset({b"host", b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
# Two readers of two credentials may each believe another one (RFC 9110 section 11.6.2: one).
_ONCE_IN_REQUESTS = ONCE | {b"authorization"}
# Without any of these a request has no body, and its connection stays as it is.
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection", b"expect"})
_NOT_FIELDS = frozenset({b"close", b"keep-alive", b"upgrade", b"te"})
NOTHING: frozenset[bytes] = frozenset()
_FIELDS = Fields()
# What was judged once need not be judged again; bounded, because clients choose what comes.
_KNOWN_HOSTS: dict[bytes, bool] = {}


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """How much head one message may have: bytes of the first line, bytes in all, fields.

    `pipelined`: how many requests may wait for the answer to the one before (RFC 9112, 9.3.2).
    """

    first_line: int = 16 << 10
    total: int = 64 << 10
    fields: int = 128
    pipelined: int = 16


class _Parser:
    """Runs llhttp over whole heads. One serves many: a head without a body leaves it ready."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._is_done = False

    def on_url(self, url: bytes) -> None:
        """Take the target, or a part of it."""
        self._url += url

    def read(self, raw: bytes) -> tuple[bytes, bytes]:
        """Return method and target of a head that llhttp accepts. Raises a RequestError."""
        self._url = b""
        self._is_done = False
        parser = self._parser
        try:
            parser.feed_data(raw)
        except httptools.HttpParserUpgrade:
            self._is_done = False  # the head was read completely; the parser is of no more use
        except httptools.HttpParserError as error:
            self._parser = httptools.HttpRequestParser(self)
            if raw.startswith(b"TRACK "):  # which llhttp does not know
                raise MethodNotAllowed("TRACK") from None
            raise BadRequest(f"not a request: {error}") from None
        if not self._is_done:
            self._parser = httptools.HttpRequestParser(self)  # it waits for a body, or is closed
        return parser.get_method(), self._url

    def on_message_complete(self) -> None:
        """Note that the head was the whole message, and that another may follow."""
        self._is_done = self._parser.should_keep_alive()


_PARSER = _Parser()


def find_end(buffer: bytes | bytearray, start: int, limits: HeadLimits, base: int = 0) -> int:
    """Return the index behind the head's empty line, or 0 when more bytes are needed.

    The head begins at `base`; `start` is where new bytes begin, so that a head in many small pieces
    is scanned once. Raises TargetTooLong, HeadTooLarge, or BadRequest as soon as the bytes cannot
    become a legal head.
    """
    end = buffer.find(END, start - 3 if start > base + 3 else base) + 4
    size = (end if end >= 4 else len(buffer)) - base
    if size > limits.total:
        raise _too_large(buffer, limits, base)
    if end >= 4:
        return end
    _refuse_hopeless(buffer, start, limits, base)
    return 0


def _refuse_hopeless(buffer: bytes | bytearray, start: int, limits: HeadLimits, base: int) -> None:
    """Refuse at once what would only time out: control bytes, a bare LF, an endless first line."""
    new = buffer[max(base, start - 1) :]
    if start > base:
        new = new.removeprefix(b"\n")  # its CR was judged with the bytes before
    new = new.removesuffix(b"\r")  # its LF may be on the way
    if new.translate(None, TEXT) != b"\r\n" * new.count(b"\r\n"):
        raise BadRequest("control byte or bare LF in the head")
    if len(buffer) - base > limits.first_line and (
        buffer.find(b"\r\n", base, base + limits.first_line) < 0
    ):
        raise _too_large(buffer, limits, base)


def _too_large(
    buffer: bytes | bytearray, limits: HeadLimits, base: int
) -> HeadTooLarge | TargetTooLong:
    line = buffer.find(b"\r\n", base, base + limits.first_line)
    if line < 0:
        return TargetTooLong(f"request line over {limits.first_line} bytes")
    return HeadTooLarge(f"head over {limits.total} bytes")


def parse_request(raw: bytes, limits: HeadLimits) -> RequestHead:
    """Return the checked head of one request.

    `raw` is one whole head, from the request line through the empty line. Raises a RequestError.
    """
    method, target = _PARSER.read(raw)
    lines = lines_of(raw, limits)
    head = RequestHead()
    head.method = method
    head.minor = minor = _first_line(lines[0], method, target, limits)
    head.fields = fields = read_fields(_FIELDS, lines)
    if method in _REFUSED_METHODS:
        raise MethodNotAllowed(method.decode())
    head.index = index = index_of(fields, _ONCE_IN_REQUESTS)
    head.host = _host(index, minor)
    head.target = origin_form(target, method, head.host)
    head.keep_alive = minor == 1
    head.nominated = NOTHING
    head.upgrade = head.expects_continue = False
    head.length = 0
    if not index.keys().isdisjoint(_FRAMING):
        head.length = _request_length(index, minor)
        _connection(head, index)
    return head


def _first_line(line: bytes, method: bytes, url: bytes, limits: HeadLimits) -> int:
    """Return the minor version; the line must be exactly method, target and version."""
    if len(line) > limits.first_line:
        raise TargetTooLong(f"request line over {limits.first_line} bytes")
    start = method + b" " + url
    if line == start + b" HTTP/1.1":
        return 1
    if line == start + b" HTTP/1.0":
        return 0
    raise BadRequest("the request line is not `method target HTTP/1.x`")


def lines_of(raw: bytes, limits: HeadLimits) -> list[bytes]:
    """Return the lines of a whole head, not looked at yet. Raises HeadTooLarge."""
    lines = raw[:-4].split(b"\r\n")
    if len(lines) > limits.fields + 1:
        raise HeadTooLarge(f"more than {limits.fields} fields")
    return lines


def _host(index: dict[bytes, bytes], minor: int) -> bytes:
    """Return the authority; exactly one valid Host, which HTTP/1.0 may leave out."""
    host = index.get(b"host")
    if host is None:
        if minor:
            raise BadRequest("no Host (RFC 9112 section 3.2)")
        return b""
    if host not in _KNOWN_HOSTS:
        if not is_host(host):
            raise BadRequest("invalid Host")
        remember(_KNOWN_HOSTS, host, True)
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
        remember(self, value, options)
        return options


CONNECTIONS = _Connections()


def _connection(head: RequestHead, index: dict[bytes, bytes]) -> None:
    """Set what Connection, Upgrade and Expect ask for."""
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
