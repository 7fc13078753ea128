"""W3C Trace Context: the identity of a trace that others began (`traceparent`)."""

from typing import Final

from sidegate.core.messages import RequestHead

FIELD: Final = b"traceparent"
STATE: Final = b"tracestate"
_LENGTH = 55  # of version 00: 2 + 32 + 16 + 2 hexadecimal digits and three dashes
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


def trace_id_of(head: RequestHead) -> str:
    """Return the id of the trace that a request belongs to, or empty text."""
    value = head.index.get(FIELD)
    if value is None or not is_valid(value):
        return ""
    return value[3:35].decode("ascii")
