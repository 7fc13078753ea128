"""Base64url without padding (RFC 7515 section 2), one spelling for each value.

Python's decoder drops bytes that are not in its alphabet and ignores spare bits, so that many
texts mean the same bytes; a signed text must not have a twin.
"""

import base64
import binascii


def encode(data: bytes) -> str:
    """Return `data` as base64url text without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes that `encode` would have turned into `text`, or raise ValueError."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64url") from None
    if encode(data) != text:
        raise ValueError("not canonical base64url")
    return data
