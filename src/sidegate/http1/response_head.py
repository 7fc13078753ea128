"""Heads of an application's answers. The rules of `head.py` hold here too.

A mistake is the application's here, so whatever is raised becomes UpstreamGarbled.
"""

from __future__ import annotations

import httptools

from sidegate.core.errors import BadRequest, HeadTooLarge, UpstreamGarbled
from sidegate.http1.fields import TEXT, Field, Fields, index_of, read_fields
from sidegate.http1.head import (
    CHUNKED,
    CONNECTIONS,
    END,
    NOTHING,
    ONCE,
    HeadLimits,
    content_length,
    lines_of,
)
from sidegate.http1.hop_by_hop import NOT_NOMINABLE
from sidegate.http1.names import remember

UNTIL_CLOSE = -2


class ResponseHead:
    """The head of an upstream's answer. `length` as in RequestHead, or UNTIL_CLOSE (-2).

    Not to be changed: one object may serve many answers, see `parse_response`. `passed` and
    `passed_private` are for the relay, which keeps there what it hands on of these fields.
    """

    __slots__ = (
        "fields",
        "index",
        "keep_alive",
        "length",
        "minor",
        "nominated",
        "passed",
        "passed_private",
        "size",
        "status",
    )

    status: int
    minor: int
    fields: list[Field]
    index: dict[bytes, bytes]
    length: int
    keep_alive: bool
    nominated: frozenset[bytes]
    size: int  # bytes on the wire
    passed: bytes | None
    passed_private: bytes | None


class _StatusLines(dict[bytes, tuple[int, int]]):
    """Maps a status line to (minor version, status); each usual one is judged once."""

    def __missing__(self, line: bytes) -> tuple[int, int]:
        if line.translate(None, TEXT):
            raise BadRequest("control byte, bare CR or bare LF in the status line")
        version, status, end = line[:9], line[9:12], line[12:13]
        if version not in (b"HTTP/1.1 ", b"HTTP/1.0 ") or end not in (b" ", b""):
            raise BadRequest("the status line is not `HTTP/1.x status reason`")
        if not status.isdigit() or not 100 <= int(status) <= 599:
            raise BadRequest("the status is not between 100 and 599")
        known = int(version[7:8]), int(status)
        remember(self, line, known)
        return known


_STATUS_LINES = _StatusLines()
_FIELDS = Fields()
_IGNORED = object()  # the parser judges; its callbacks are not needed

# Under load an application gives the same head many times in the second that its Date lasts.
_MOST_HEADS = 256
_LONGEST_HEAD = 512
_HEADS: dict[bytes, ResponseHead] = {}


def recognize(data: bytes, method: bytes) -> ResponseHead | None:
    """Return the head that `data` begins with, if it is remembered (see `parse_response`)."""
    return None if method == b"HEAD" else _HEADS.get(data[: data.find(END) + 4])


def parse_response(raw: bytes, method: bytes, limits: HeadLimits) -> ResponseHead:
    """Return the checked head of an upstream's answer to `method`. Raises UpstreamGarbled.

    Heads are remembered by their bytes, short ones without cookies, so that the same head is
    judged once; an answer to HEAD has its own meaning and is not.
    """
    known = _HEADS.get(raw)
    if known is not None and method != b"HEAD":
        return known
    head = _parse(raw, method, limits)
    if len(raw) <= _LONGEST_HEAD and method != b"HEAD" and b"set-cookie" not in head.index:
        if len(_HEADS) >= _MOST_HEADS:
            _HEADS.clear()
        _HEADS[raw] = head
    return head


def _parse(raw: bytes, method: bytes, limits: HeadLimits) -> ResponseHead:
    parser = httptools.HttpResponseParser(_IGNORED)
    try:
        try:  # noqa: SIM105 - suppress() costs half a microsecond per answer
            parser.feed_data(raw)
        except httptools.HttpParserUpgrade:
            pass  # a 101: the parser stops with a signal, and the head was read completely
        head = ResponseHead()
        head.passed = head.passed_private = None
        head.size = len(raw)
        lines = lines_of(raw, limits)
        head.minor, head.status = _STATUS_LINES[lines[0]]
        head.fields = read_fields(_FIELDS, lines)
        head.index = index_of(head.fields, ONCE)
        head.length = _response_length(head, method)
    except (httptools.HttpParserError, BadRequest, HeadTooLarge) as error:
        raise UpstreamGarbled(str(error)) from None
    _persistence(head)
    return head


def _response_length(head: ResponseHead, method: bytes) -> int:
    """Return the body length of an answer (RFC 9112 section 6.3)."""
    coding = head.index.get(b"transfer-encoding")
    declared = head.index.get(b"content-length")
    if coding is not None and (
        declared is not None or coding.lower() != b"chunked" or head.minor == 0
    ):
        raise BadRequest("Transfer-Encoding with Content-Length, or not exactly `chunked`")
    length = None if declared is None else content_length(declared)
    if method == b"HEAD" or head.status in (204, 304) or head.status < 200:
        return 0
    if coding is not None:
        return CHUNKED
    return UNTIL_CLOSE if length is None else length


def _persistence(head: ResponseHead) -> None:
    """Set whether the upstream connection may be used again, and what Connection nominates."""
    connection = head.index.get(b"connection")
    head.keep_alive = head.minor == 1 and head.length != UNTIL_CLOSE
    head.nominated = NOTHING
    if connection is not None:
        options = CONNECTIONS[connection]
        head.keep_alive = head.keep_alive and not options.closes
        head.nominated = options.nominated - NOT_NOMINABLE
