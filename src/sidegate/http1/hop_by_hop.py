"""Fields that end at this hop (RFC 9110 section 7.6.1), as folded names.

They go whether or not Connection nominates them. What it nominates goes as well, except fields
that framing, routing or authentication rest on: nominating those has no effect.
"""

FIELDS = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"http2-settings",
    }
)

NOT_NOMINABLE = frozenset(
    {b"host", b"content-length", b"transfer-encoding", b"cookie", b"authorization", b"origin"}
)
