"""The ID token: one call verifies signature AND claims, so that nobody can forget the second half.

Whatever is wrong is IdTokenRejected, with messages as in `jws`.
"""

import hashlib
import hmac
from typing import Any, Final

from sidegate.core.errors import IdTokenRejected
from sidegate.oidc import base64url
from sidegate.oidc.jwks import VerificationKey
from sidegate.oidc.jws import read_jws, verify_signature
from sidegate.oidc.registered_claims import (
    SKEW,
    audiences_of,
    check_issuer,
    check_subject,
    check_times,
)

_WHAT: Final = "ID token"
# It comes from the token endpoint, not from strangers, and some people are in thousands of groups.
MAX_ID_TOKEN: Final = 256 * 1024
_AT_HASHES: Final = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


def verify_id_token(
    token: str,
    *,
    keys: tuple[VerificationKey, ...],
    issuer: str | None,
    client_id: str,
    audiences: tuple[str, ...],
    audience_claims: tuple[str, ...],
    algorithms: tuple[str, ...],
    nonce: str | None,
    access_token: str | None,
    now: float,
    skew: float = SKEW,
) -> dict[str, Any]:
    """Return the claims of a token that is genuine, for us, and for now.

    `issuer` None skips that check, `nonce` None means that none was sent. `audiences` are trusted
    besides `client_id`; the first of `audience_claims` that is present is judged. `access_token`
    is compared with `at_hash` where there is one. `now` in seconds since the epoch, `skew` in
    seconds. Raises IdTokenRejected (OpenID Connect Core section 3.1.3.7), or its child KeyNotFound
    when no key fits.
    """
    jws = read_jws(token, _WHAT, MAX_ID_TOKEN)
    verify_signature(jws, keys, algorithms)
    claims = jws.claims()
    check_issuer(claims, issuer, _WHAT)
    _check_audience(claims, client_id, audiences, audience_claims)
    check_times(claims, now, skew, _WHAT)
    check_subject(claims, _WHAT)
    if nonce is not None:
        _check_nonce(claims, nonce)
    if access_token is not None and "at_hash" in claims:
        _check_at_hash(claims, jws.header["alg"], access_token)
    return claims


def check_refreshed(claims: dict[str, Any], subject: str) -> None:
    """Check what a token of a refresh owes to the one before (Core section 12.2).

    Issuer and audience were compared with the configured ones in both; the subject stays.
    """
    if claims["sub"] != subject:
        raise IdTokenRejected("ID token of a refresh is of another subject than the session")


def _check_audience(
    claims: dict[str, Any],
    client_id: str,
    audiences: tuple[str, ...],
    audience_claims: tuple[str, ...],
) -> None:
    """Check that an ID token was issued to us and for nobody we do not trust (Core 3.1.3.7)."""
    name, named = audiences_of(claims, audience_claims, _WHAT)
    if not named <= {client_id, *audiences}:
        raise IdTokenRejected(
            f"{name} of the ID token has an audience that is neither client_id nor one of"
            " oidc_extra_audiences"
        )
    if "azp" in claims and claims["azp"] != client_id:
        raise IdTokenRejected("azp of the ID token is another client")
    if len(named) > 1 and "azp" not in claims:
        raise IdTokenRejected(f"{name} of the ID token has several audiences, but there is no azp")


def _check_nonce(claims: dict[str, Any], nonce: str) -> None:
    value = claims.get("nonce")
    if not isinstance(value, str) or not _equal(value, nonce):
        raise IdTokenRejected("nonce of the ID token is not the one of this sign-in")


def _check_at_hash(claims: dict[str, Any], algorithm: str, access_token: str) -> None:
    """Compare `at_hash` (Core section 3.1.3.6); Ed25519 hashes with SHA-512 (RFC 8032)."""
    digest = _AT_HASHES[algorithm[-3:] if algorithm[-3:] in _AT_HASHES else "512"]
    half = digest(access_token.encode("utf-8")).digest()
    expected = base64url.encode(half[: len(half) // 2])
    value = claims["at_hash"]
    if not isinstance(value, str) or not _equal(value, expected):
        raise IdTokenRejected("at_hash of the ID token does not fit the access token")


def _equal(one: str, other: str) -> bool:
    # Bytes: compare_digest raises on text that is not ASCII.
    return hmac.compare_digest(one.encode("utf-8"), other.encode("utf-8"))
