"""The Content-Security-Policy of our pages: nothing runs, looks or leads elsewhere but what we say.

Rule 1: scripts and styles in a page are named by their hash, never allowed by kind.
Rule 2: a form goes to the gate itself. Chromium applies `form-action` to every redirect after a
        form was sent, so where the answer to a form may lead to another site, that is allowed.
"""

import base64
import hashlib
from collections.abc import Sequence


def policy(
    *,
    scripts: Sequence[str] = (),
    styles: Sequence[str] = (),
    pictures: Sequence[str] = (),
    leads_on: bool = False,
) -> str:
    """Return the policy of a page.

    `scripts`, `styles`: sources, such as hashes. `pictures`: addresses that the operator named.
    `leads_on`: an answer to a form on it may be a redirect to another site.
    """
    parts = [
        "default-src 'none'",
        " ".join(("style-src 'self'", *styles)),
        " ".join(("img-src 'self' data:", *pictures)),
        "form-action 'self' https: http:" if leads_on else "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    if scripts:
        parts.append(" ".join(("script-src", *scripts)))
    return "; ".join(parts)


def source_of(content: str) -> str:
    """Return the source that allows a script or style with exactly this content."""
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
