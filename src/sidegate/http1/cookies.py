"""The Cookie header as the gate reads it, and Set-Cookie as it writes it (RFC 6265).

Rule 1: nothing is unquoted or decoded, so that one cookie has one spelling.
Rule 2: a broken pair is skipped and never takes its neighbours along.
Rule 3: the work is linear in the length of the header.
"""

from collections.abc import Callable
from typing import Final

_ALPHANUMERIC: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# Tables for `str.translate`: what a text of only allowed characters leaves behind is nothing.
_NAME: Final = dict.fromkeys(map(ord, _ALPHANUMERIC + "!#$%&'*+-.^_`|~"))
_VALUE: Final = dict.fromkeys(c for c in range(0x21, 0x7F) if chr(c) not in '",;\\')
_PATH: Final = dict.fromkeys(c for c in range(0x20, 0x7F) if chr(c) != ";")
_DOMAIN: Final = dict.fromkeys(map(ord, _ALPHANUMERIC + "-."))
_SAMESITE: Final = {
    "": "",
    "lax": "; SameSite=Lax",
    "strict": "; SameSite=Strict",
    "none": "; SameSite=None",
}


def read_cookies(header: bytes) -> list[tuple[bytes, bytes]]:
    """Return every (name, value) pair of a Cookie header, in order and with duplicates.

    Pairs without `=` or without a name are skipped. Only the spaces around a pair are removed:
    a name that a browser would not have sent so (`__Host-x `, a leading tab) stays different from
    the name it imitates. Never raises.
    """
    pairs = []
    for part in header.split(b";"):
        name, equals, value = part.strip(b" ").partition(b"=")
        if name and equals:
            pairs.append((name, value))
    return pairs


def containing(header: bytes, mark: bytes) -> bytes:
    """Return the pairs of a Cookie header that contain `mark`, joined as they came.

    The very same object when all do.
    """
    if b";" not in header and mark in header:
        return header
    only = _only(header, mark)
    if only is not None:
        return header[only[0] : only[1]]
    return b";".join([part for part in header.split(b";") if mark in part])


def _only(header: bytes, mark: bytes) -> tuple[int, int] | None:
    """Return where the only pair that contains `mark` begins and ends, None if there is not one.

    Most headers have one, and beside other cookies this is cheaper than to split them.
    """
    at = header.find(mark)
    if at < 0:
        return None
    end = header.find(b";", at)
    if end < 0:
        end = len(header)
    elif header.find(mark, end) >= 0:
        return None
    return header.rfind(b";", 0, at) + 1, end


def without(header: bytes, is_ours: Callable[[bytes], bool], hint: bytes = b"") -> bytes | None:
    """Return the Cookie header minus the cookies whose name `is_ours` claims.

    The others keep their order and their bytes. None when nothing is left; the very same object
    when nothing was removed. Blanks around a name do not hide a cookie of ours. `hint` is a text
    that all of ours contain, so that the others need not be looked at closely.
    """
    if b";" not in header:
        return None if is_ours(_name(header)) else header
    only = _only(header, hint)
    if only is not None:
        start, end = only
        if not is_ours(_name(header[start:end])):
            return header
        before = header[: start - 1] if start else b""
        return (before + header[end if start else end + 1 :]).strip(b" ") or None
    parts = header.split(b";")
    kept = [part for part in parts if hint not in part or not is_ours(_name(part))]
    if len(kept) == len(parts):
        return header
    return b";".join(kept).strip(b" ") or None


def _name(part: bytes) -> bytes:
    return part.partition(b"=")[0].strip(b" \t")


def set_cookie(
    name: str,
    value: str,
    *,
    path: str = "",
    domain: str = "",
    max_age: int | None = None,
    secure: bool = True,
    httponly: bool = True,
    samesite: str = "",
) -> str:
    """Return the value of a Set-Cookie field (RFC 6265 section 4.1).

    `max_age`: seconds; None makes a cookie of the browser session, 0 or less clears it.
    `samesite`: "", "lax", "strict" or "none". Empty `path` and `domain` are left out; a leading
    dot of the domain means nothing (section 5.2.3) and is not written. There is no Expires: every
    browser of today prefers Max-Age. Raises ValueError for text that would break the field; the
    message does not repeat the value.
    """
    if not name or name.translate(_NAME):
        raise ValueError("a cookie name is a token of RFC 9110")
    if value.translate(_VALUE):
        raise ValueError(f"the value of the cookie {name} has a character that is not allowed")
    if path.translate(_PATH) or not is_domain(domain) or samesite not in _SAMESITE:
        raise ValueError(f"an attribute of the cookie {name} has a value that is not allowed")
    text = f"{name}={value}"
    if path:
        text += f"; Path={path}"
    if domain:
        text += f"; Domain={domain.removeprefix('.')}"
    if max_age is not None:
        text += f"; Max-Age={max(0, max_age)}"
    return (
        text
        + ("; HttpOnly" if httponly else "")
        + ("; Secure" if secure else "")
        + _SAMESITE[samesite]
    )


def is_domain(text: str) -> bool:
    """Say whether a text can stand in the Domain attribute; empty means no attribute."""
    return not text.translate(_DOMAIN)
