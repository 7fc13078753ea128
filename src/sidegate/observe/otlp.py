"""OTLP: finished spans as protobuf (opentelemetry-proto 1.x, `trace/v1/trace.proto`).

A span is written once, when it ends, as the bytes that stand in the request later: what waits is
small, and a batch is a concatenation, so that sending holds nobody up (decision 0049). Only what we
use of the format is here; field numbers never change in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from struct import Struct
from typing import Final

SCOPE: Final = "sidegate"
LONGEST_VALUE: Final = 2048  # characters of an attribute
_FIXED_64: Final = Struct("<BQBQ").pack  # start and end, each behind its tag
_FIXED_32: Final = Struct("<I").pack
_ERROR: Final = b"\x7a\x02\x18\x02"  # status { code: STATUS_CODE_ERROR }
_IS_KNOWN: Final = 0x100  # that the parent is remote, or that it is not
_IS_REMOTE: Final = 0x200


class Kind(IntEnum):
    """Whose work a span is about."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3


@dataclass(frozen=True, slots=True)
class Link:
    """A trace of somebody else that this one has to do with. Identifiers are bytes."""

    trace_id: bytes
    span_id: bytes
    flags: int


@dataclass(slots=True)
class Span:
    """One finished span. `start` and `end`: nanoseconds since the epoch. `parent`: b"" for none.

    `attributes`: what `attribute` returned, in a row. `state`: the `tracestate`.
    """

    trace_id: bytes
    span_id: bytes
    parent: bytes
    name: str
    kind: Kind
    start: int
    end: int
    attributes: bytes
    state: bytes = b""
    flags: int = 1
    is_remote: bool = False
    failed: bool = False
    link: Link | None = None


def varint(number: int) -> bytes:
    """Return a number that is not negative, seven bits a byte."""
    if number < 0x80:
        return bytes((number,))
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def block(tag: int, payload: bytes) -> bytes:
    """Return a field that holds text, bytes or a message; `tag` is one byte, wire type included."""
    size = len(payload)
    if size < 0x80:
        return b"%c%c%b" % (tag, size, payload)
    return b"%c%b%b" % (tag, varint(size), payload)


def attribute(key: str, value: str | int, tag: int = 0x4A) -> bytes:
    """Return one attribute, of a span unless `tag` says of what."""
    if isinstance(value, int):
        told = b"\x18" + varint(value)
    else:
        told = block(0x0A, value[:LONGEST_VALUE].encode("utf-8", "replace"))
    return block(tag, _key(key) + block(0x12, told))


@lru_cache(maxsize=64)  # the keys of the code
def _key(key: str) -> bytes:
    return block(0x0A, key.encode())


@lru_cache(maxsize=1024)
def usual_attribute(key: str, value: str | int) -> bytes:
    """Return the same for a value that comes again and again."""
    return attribute(key, value)


def written(span: Span) -> bytes:
    """Return a span as it stands in a request."""
    is_remote = _IS_KNOWN | _IS_REMOTE if span.is_remote else _IS_KNOWN
    return block(
        0x12,
        b"".join(
            (
                b"\x0a\x10",
                span.trace_id,
                b"\x12\x08",
                span.span_id,
                block(0x1A, span.state) if span.state else b"",
                b"\x22\x08" + span.parent if span.parent else b"",
                _name(span.name),
                b"\x30",
                bytes((span.kind,)),
                _FIXED_64(0x39, span.start, 0x41, span.end),
                span.attributes,
                b"" if span.link is None else _link(span.link),
                _ERROR if span.failed else b"",
                b"\x85\x01",
                _FIXED_32(span.flags | is_remote),
            )
        ),
    )


@lru_cache(maxsize=1024)  # methods and routes, which are bounded
def _name(name: str) -> bytes:
    return block(0x2A, name.encode())


def _link(link: Link) -> bytes:
    flags = link.flags | _IS_KNOWN | _IS_REMOTE
    ids = b"\x0a\x10%b\x12\x08%b" % (link.trace_id, link.span_id)
    return block(0x6A, ids + b"\x35" + _FIXED_32(flags))


def request(
    resource: Iterable[tuple[str, str | int]], version: str, spans: Iterable[bytes]
) -> bytes:
    """Return an ExportTraceServiceRequest. `resource`: who speaks; `version`: of our spans."""
    whose = block(0x0A, b"".join(attribute(key, value, 0x0A) for key, value in resource))
    scope = block(0x0A, block(0x0A, SCOPE.encode()) + block(0x12, version.encode()))
    return block(0x0A, whose + block(0x12, scope + b"".join(spans)))
