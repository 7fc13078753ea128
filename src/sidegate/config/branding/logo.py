"""The logo: a file that is the picture its first bytes say, or an address on the web."""

import re
from typing import Final

from sidegate.config.addresses import parse_url
from sidegate.config.findings import Malformed

MOST_BYTES: Final = 256 * 1024
_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<svg[\s>]", re.DOTALL
)
# What runs or reaches out. As an image none of it would; the file has an address of its own too.
_ACTIVE = re.compile(
    rb"<!(?:DOCTYPE|ENTITY)|<(?:script|foreignObject|iframe|handler)\b|[\s\"'/]on[a-z]+\s*=|"
    rb"javascript:|@import|(?:href|src)\s*=\s*[\"']?\s*(?:https?:)?//",
    re.IGNORECASE,
)
_KINDS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
_REMEDY = "Give a PNG, JPEG or SVG file."


def is_address(logo: str) -> bool:
    """Say whether the logo is to come from the web."""
    return logo.lower().startswith(("https:", "http:"))


def check_address(logo: str) -> None:
    """Raise Malformed for an address that pages cannot show."""
    url = parse_url(logo)
    if url.scheme != "https":
        raise Malformed("is not https", "Write https://, or give a file.")
    if set(logo) & set(" ;,'\"<>"):
        raise Malformed("has a character that an address needs escaped", "Write it as %XX.")


def media_type(content: bytes) -> str:
    """Return the media type of a picture, from its content alone. Raises Malformed."""
    if len(content) > MOST_BYTES:
        raise Malformed(
            f"has {len(content)} bytes, more than {MOST_BYTES}", "Give a smaller picture."
        )
    for first, kind in _KINDS:
        if content.startswith(first):
            return kind
    if not _SVG.match(content):
        raise Malformed("is no PNG, JPEG or SVG picture", _REMEDY)
    if found := _ACTIVE.search(content):
        what = found[0].decode("ascii", "replace").strip("\"'/ \t\r\n")
        raise Malformed(
            f"is an SVG that holds {what}", "Export it as plain SVG, or give a PNG or JPEG file."
        )
    return "image/svg+xml"
