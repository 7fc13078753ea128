"""W3C Trace Context: the trace that others began, and that a request belongs to.

Rule 1: a trace is a name and gives nobody any right, so that of any client is passed on.
Rule 2: what is not valid is not passed on, and its `tracestate` goes with it (sections 3.2, 3.3).
"""

import re
from typing import Final, NamedTuple

from sidegate.core.messages import RequestHead

FIELD: Final = b"traceparent"
STATE: Final = b"tracestate"
_NONE: Final = frozenset[bytes]()
_BOTH: Final = frozenset({FIELD, STATE})
# Section 3.2. A later version may have more behind the flags; what is known of it is read.
_VALID: Final = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?",
    re.DOTALL,
)


class Context(NamedTuple):
    """What a `traceparent` says; identifiers as bytes."""

    trace_id: bytes
    span_id: bytes
    flags: int


def is_valid(value: bytes) -> bool:
    """Say whether a `traceparent` may be believed (W3C Trace Context section 3.2)."""
    found = _VALID.fullmatch(value)
    return found is not None and (found[1] is None or not value.startswith(b"00"))


def broken_fields(head: RequestHead) -> frozenset[bytes]:
    """Return the names of the fields that must not be passed on: none, or both."""
    value = head.index.get(FIELD)
    if value is None:
        return _BOTH if STATE in head.index else _NONE
    return _NONE if is_valid(value) else _BOTH


def trace_id_of(head: RequestHead) -> str:
    """Return the id of the trace that a request belongs to, or empty text."""
    value = head.index.get(FIELD)
    if value is None or not is_valid(value):
        return ""
    return value[3:35].decode("ascii")


def context_of(head: RequestHead) -> Context | None:
    """Return what a valid `traceparent` of this request says, or None."""
    value = head.index.get(FIELD)
    if value is None or not is_valid(value):
        return None
    text = value.decode("ascii")
    return Context(bytes.fromhex(text[3:35]), bytes.fromhex(text[36:52]), int(text[53:55], 16))


def replace_context(head: RequestHead, context: Context, *, with_state: bool) -> None:
    """Let the request belong to this trace from here on, `tracestate` only `with_state`.

    Lists and dicts that others may share are left as they are. A client cannot have the fields
    taken away by Connection: they are ours now.
    """
    trace, span, flags = context
    value = b"00-%b-%b-%02x" % (trace.hex().encode(), span.hex().encode(), flags)
    index = head.index
    if FIELD in index or STATE in index:
        gone = {FIELD} if with_state else _BOTH
        fields = [field for field in head.fields if field[0] not in gone]
        head.index = {name: told for name, told in index.items() if name not in gone}
        head.index[FIELD] = value
    else:
        fields = [*head.fields]
        head.index = {**index, FIELD: value}
    fields.append((FIELD, value, b"%b: %b\r\n" % (FIELD, value)))
    head.fields = fields
    if head.nominated:
        head.nominated -= _BOTH
