"""Reads `application/x-www-form-urlencoded` text strictly: a pair is never lost or guessed.

Rule 1: only `&` separates; a `;` is a character like any other, so no pair is dropped for it.
Rule 2: what comes more than once stays visible; the reader says which one counts, or refuses.
Rule 3: a broken escape or text that is not UTF-8 is refused, not repaired.
"""

import re

from sidegate.core.errors import BadRequest, DuplicateParameter
from sidegate.core.messages import RequestHead

FORM_TYPE = b"application/x-www-form-urlencoded"

# A fixed pattern of ours, linear, run on at most one request line.
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


class Form:
    """The decoded pairs of a query or of a form body, in their order.

    Raises BadRequest for a broken escape or for bytes that are not UTF-8.
    """

    __slots__ = ("_pairs",)

    def __init__(self, raw: bytes) -> None:
        self._pairs = [_pair(part) for part in raw.split(b"&") if part]

    def first(self, name: str) -> str | None:
        """Return the first value of `name`, or None when it is absent."""
        return next((value for key, value in self._pairs if key == name), None)

    def all(self, name: str) -> list[str]:
        """Return every value of `name`, in order."""
        return [value for key, value in self._pairs if key == name]

    def refuse_duplicates(self) -> None:
        """Raise DuplicateParameter when any name comes twice (RFC 6749 section 3.1)."""
        names = [key for key, _ in self._pairs]
        if len(names) != len(set(names)):
            raise DuplicateParameter("a parameter came more than once")


def media_type(head: RequestHead) -> bytes:
    """Return the media type of a request's body in lower case, without its parameters."""
    field = head.get(b"content-type") or b""
    return field.partition(b";")[0].strip(b" \t").lower()


def _pair(part: bytes) -> tuple[str, str]:
    name, _, value = part.partition(b"=")
    return _decoded(name), _decoded(value)


def _decoded(raw: bytes) -> str:
    if _BROKEN_ESCAPE.search(raw):
        raise BadRequest("broken percent escape in a form")
    whole = _ESCAPE.sub(lambda escape: bytes.fromhex(escape[1].decode()), raw.replace(b"+", b" "))
    try:
        return whole.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("a form is not UTF-8") from None


def quoted(text: str) -> str:
    """Percent-encode `text` as one value of a query; RFC 3986 unreserved, `/` and `:` stay."""
    return "".join(_QUOTED[byte] for byte in text.encode("utf-8", "surrogatepass"))


_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:"
_QUOTED = [chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in range(256)]
