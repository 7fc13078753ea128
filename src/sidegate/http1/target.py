"""Request targets (RFC 9112 section 3.2): what is accepted, and which paths mean two things.

Rule 1: a target is forwarded byte for byte; absolute-form is turned into origin-form first.
Rule 2: a path that two readers may read differently is ambiguous, and never opens anything.
"""

import re
from urllib.parse import unquote_to_bytes

from sidegate.core.errors import BadRequest

_VISIBLE = bytes(c for c in range(0x21, 0x7F) if c != 0x23)  # no space, control, `#`, 0x80 and up
# Written raw: an empty, dot or parameter segment, a backslash, and what no target may hold.
_RAW = rb"//|[\\;#]|/\.{1,2}(?:/|\Z)|[^!-~]"
# Escaped: `/ \ . % # ? ;`, control bytes, and what needs no escape (RFC 3986 section 6.2.2.2):
# readers of raw paths do not recognize it. What is no escape at all everybody reads differently.
_ESCAPED = (
    rb"%(?![0-9A-Fa-f]{2})"
    rb"|%(?:[01]|2[35D-Fd-f]|3[0-9BFbf]|[46][1-9A-Fa-f]|5[0-9ACFacf]|7[0-9AEFaef])"
)
_DETOUR = re.compile(rb"//|/\.{1,2}(?:/|\Z)")
_BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_AMBIGUOUS = re.compile(_RAW + b"|" + _ESCAPED)
# Read as slash, backslash, dot or percent by whoever applies NFKC or a best-fit code page; and the
# line breaks and control characters beyond ASCII.
_FOLDS = re.compile(
    "[\u0080-\u009f\u2028\u2029\u2044\u2215\u29f8\uff0f\u2216\u29f5\u29f9\ufe68\uff3c"
    "\u2024\u2025\ufe52\uff0e\ufe6a\uff05]"
)


def origin_form(target: bytes, method: bytes, host: bytes) -> bytes:
    """Return the target in origin-form, or `*` for OPTIONS. Raises BadRequest.

    An authority in the target must be the one in Host: two names for one request is a question
    that we do not answer.
    """
    if target.translate(None, _VISIBLE):
        raise BadRequest("target holds a byte that no target may hold")
    if b"%" in target and _BROKEN.search(target.partition(b"?")[0]):
        raise BadRequest("path holds a percent sign that begins no escape")
    if target[:1] == b"/":
        return target
    if target == b"*" and method == b"OPTIONS":
        return target
    lower = target[:8].lower()
    for scheme in (b"http://", b"https://"):
        if lower.startswith(scheme):
            return _from_absolute(target[len(scheme) :], host, method)
    raise BadRequest("target is neither origin-form nor absolute-form")


def _from_absolute(rest: bytes, host: bytes, method: bytes) -> bytes:
    cut = min((i for i in (rest.find(b"/"), rest.find(b"?")) if i >= 0), default=len(rest))
    if rest[:cut].lower() != host.lower() or not host:
        raise BadRequest("the authority of the target is not the Host")
    tail = rest[cut:]
    if not tail and method == b"OPTIONS":
        return b"*"  # RFC 9112 section 3.2.4
    return tail if tail[:1] == b"/" else b"/" + tail


def is_ambiguous(path: bytes) -> bool:
    """Say whether an application may read this raw path as another one than we do.

    True for dot segments, `//`, backslash, `;`, a byte that no target may hold, broken
    percent-encoding, and an escape of any of them, of slash, dot, percent, question mark or of a
    letter or digit; for bytes that do not decode to UTF-8, and for characters that some readers
    fold into a slash, backslash, dot or percent.
    """
    if _AMBIGUOUS.search(path):
        return True
    if b"%" not in path:
        return False
    try:
        text = unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return True
    return _FOLDS.search(text) is not None


def without_detours(path: bytes) -> bytes | None:
    """Return a raw path without its empty and dot segments (RFC 3986 section 5.2.4).

    None when it has none, or when it is ambiguous in another way than that. What comes back begins
    with exactly one slash, so that it can stand in a Location.
    """
    if not _DETOUR.search(path):
        return None
    kept: list[bytes] = []
    for segment in path.split(b"/")[1:]:
        if segment == b"..":
            kept = kept[:-1]
        elif segment not in (b"", b"."):
            kept.append(segment)
    is_folder = path.endswith((b"/", b"/.", b"/..")) and bool(kept)
    clean = b"/" + b"/".join(kept) + (b"/" if is_folder else b"")
    return None if is_ambiguous(clean) else clean


def decoded(path: bytes) -> str:
    """Return a path that is not ambiguous, percent-decoded once, for rules to match."""
    return unquote_to_bytes(path).decode("utf-8")
