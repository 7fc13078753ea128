"""Request targets (RFC 9112 section 3.2): what is accepted, and which paths mean two things.

Rule 1: a target is forwarded byte for byte; absolute-form is turned into origin-form first.
Rule 2: a path that two readers may read differently is ambiguous, and never opens anything.
"""

import re
from urllib.parse import unquote_to_bytes

from sidegate.core.errors import BadRequest

_VISIBLE = bytes(c for c in range(0x21, 0x7F) if c != 0x23)  # no space, control, `#`, 0x80 and up
_AMBIGUOUS = re.compile(  # noqa: TID251 - fixed pattern, linear
    rb"//|\\|;|/\.{1,2}(?:/|\Z)|%(?![0-9A-Fa-f]{2})|%(?:2[Ff]|5[Cc]|2[Ee]|25|23|3[Ff]|3[Bb]|[01]|7[Ff])"
)


def origin_form(target: bytes, method: bytes, host: bytes) -> bytes:
    """Return the target in origin-form, or `*` for OPTIONS. Raises BadRequest.

    An authority in the target must be the one in Host: two names for one request is a question
    that we do not answer.
    """
    if target.translate(None, _VISIBLE):
        raise BadRequest("target holds a byte that no target may hold")
    if target[:1] == b"/":
        return target
    if target == b"*" and method == b"OPTIONS":
        return target
    lower = target[:8].lower()
    for scheme in (b"http://", b"https://"):
        if lower.startswith(scheme):
            return _from_absolute(target[len(scheme) :], host)
    raise BadRequest("target is neither origin-form nor absolute-form")


def _from_absolute(rest: bytes, host: bytes) -> bytes:
    cut = min((i for i in (rest.find(b"/"), rest.find(b"?")) if i >= 0), default=len(rest))
    if rest[:cut].lower() != host.lower() or not host:
        raise BadRequest("the authority of the target is not the Host")
    tail = rest[cut:]
    return tail if tail[:1] == b"/" else b"/" + tail


def is_ambiguous(path: bytes) -> bool:
    """Say whether an application may read this raw path as another one than we do.

    True for dot segments, `//`, backslash, `;`, broken percent-encoding, an encoded slash,
    backslash, dot, percent, hash, question mark, semicolon or control byte, and for bytes that do
    not decode to UTF-8.
    """
    if _AMBIGUOUS.search(path):
        return True
    if b"%" not in path:
        return False
    try:
        unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def decoded(path: bytes) -> str:
    """Return a path that is not ambiguous, percent-decoded once, for rules to match."""
    return unquote_to_bytes(path).decode("utf-8")
