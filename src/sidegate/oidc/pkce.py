"""Proof Key for Code Exchange (RFC 7636), method S256 only."""

import hashlib

from sidegate.core.ports import Randomness
from sidegate.core.secret import Secret
from sidegate.oidc import base64url

_VERIFIER_BYTES = 32  # 256 bits, as section 7.1 recommends; 43 characters


def new_verifier(randomness: Randomness) -> Secret[str]:
    """Return a fresh code verifier: 43 unreserved characters (section 4.1)."""
    return Secret(base64url.encode(randomness(_VERIFIER_BYTES)))


def challenge(verifier: Secret[str]) -> str:
    """Return the S256 code challenge of a verifier (section 4.2)."""
    return base64url.encode(hashlib.sha256(verifier.reveal().encode("ascii")).digest())
