"""The field Authorization: does it carry a token, and which (RFC 6750 section 2.1).

A JWT may come as Bearer, or as user or password of Basic, for programs that can send nothing else:
as user with an empty password or `x-oauth-basic`, as password with any user. The scheme is read as
oauth2-proxy reads it, to the letter and with one space.
"""

import base64
import binascii
import re
from typing import Final

_JWT = re.compile(rb"ey[A-Za-z0-9_-]*\.ey[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+")
_OPAQUE = re.compile(rb"[A-Za-z0-9._~+/-]+=*")
_LONGEST: Final = 16 * 1024
_JWT_AS_USER = (b"", b"x-oauth-basic")


def find_jwt(field: bytes) -> str | None:
    """Return what looks like a JWT in an Authorization field, or None."""
    scheme, _, rest = field.partition(b" ")
    if scheme == b"Bearer":
        return rest.decode("ascii") if _is_jwt(rest) else None
    return _jwt_in_basic(rest) if scheme == b"Basic" else None


def find_bearer(field: bytes) -> str | None:
    """Return the token of a Bearer field, of whatever form, or None."""
    scheme, _, token = field.partition(b" ")
    if scheme != b"Bearer" or len(token) > _LONGEST or not _OPAQUE.fullmatch(token):
        return None
    return token.decode("ascii")


def is_jwt(token: str) -> bool:
    """Say whether a token looks like a signed JWT."""
    return token.isascii() and _is_jwt(token.encode())


def _is_jwt(token: bytes) -> bool:
    return _JWT.fullmatch(token) is not None


def _jwt_in_basic(encoded: bytes) -> str | None:
    """Read Basic credentials (RFC 7617 section 2) in which a JWT travels."""
    try:
        pair = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None
    user, colon, password = pair.partition(b":")
    if not colon:
        return None
    if _is_jwt(user):
        return user.decode("ascii") if password in _JWT_AS_USER else None
    return password.decode("ascii") if _is_jwt(password) else None
