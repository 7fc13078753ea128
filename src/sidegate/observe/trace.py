"""W3C Trace Context: the trace that others began, and that a request belongs to.

Rule 1: a trace is a name and gives nobody any right, so that of any client is passed on.
Rule 2: what is not valid is not passed on, and its `tracestate` goes with it (sections 3.2, 3.3).
"""

from typing import Final

from sidegate.core.messages import RequestHead

FIELD: Final = b"traceparent"
STATE: Final = b"tracestate"
_LENGTH = 55  # of version 00: 2 + 32 + 16 + 2 hexadecimal digits and three dashes
_NONE: Final = frozenset[bytes]()
_BOTH: Final = frozenset({FIELD, STATE})
_HEX = b"0123456789abcdef"


def is_valid(value: bytes) -> bool:
    """Say whether a `traceparent` may be believed (W3C Trace Context section 3.2).

    A later version may have more behind the flags; what is known of it is read all the same.
    """
    if len(value) < _LENGTH or value[2:36:33] != b"--" or value[52:53] != b"-":
        return False
    version, trace, parent, flags = value[:2], value[3:35], value[36:52], value[53:55]
    if (version + trace + parent + flags).translate(None, _HEX) or version == b"ff":
        return False
    if not (trace.strip(b"0") and parent.strip(b"0")):
        return False
    return len(value) == _LENGTH or (version != b"00" and value[55:56] == b"-")


def broken_fields(head: RequestHead) -> frozenset[bytes]:
    """Return the names of the fields that must not be passed on: none, or both."""
    value = head.index.get(FIELD)
    return _NONE if value is not None and is_valid(value) else _BOTH


def trace_id_of(head: RequestHead) -> str:
    """Return the id of the trace that a request belongs to, or empty text."""
    value = head.index.get(FIELD)
    if value is None or not is_valid(value):
        return ""
    return value[3:35].decode("ascii")
