"""The ID token: one call verifies signature AND claims, so that nobody can forget the second half.

Rule 1: the algorithm is one of a list that configuration and metadata made; the token only picks.
Rule 2: the key is one of the provider's set; `jwk`, `jku`, `x5u` and `x5c` are never followed.
Rule 3: whatever is wrong is IdTokenRejected. Its message names the check and the place, and
quotes nothing of the token that is not needed to mend a configuration.
"""

import hashlib
import hmac
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwa import JWS_ALGORITHMS

from sidegate.core.errors import IdTokenRejected
from sidegate.oidc import base64url
from sidegate.oidc.claims import has_controls
from sidegate.oidc.jwks import KIND_OF_ALGORITHM, VerificationKey, choose
from sidegate.oidc.strict_json import JsonRejected, parse_object

MAX_TOKEN: Final = 16 * 1024
MAX_SUBJECT: Final = 255

# RFC 7515 section 4.1 without `jwk` and `crit`: no honest ID token brings its own key or an
# extension we must know. Those that point to a key elsewhere are let through and ignored.
_HEADER_NAMES: Final = {"alg", "kid", "typ", "cty", "x5t", "x5t#S256", "x5u", "x5c", "jku"}

_VERIFIERS: Final = {
    model.name: model for model in JWS_ALGORITHMS if model.name in KIND_OF_ALGORITHM
}
_AT_HASHES: Final = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


class KeyNotFound(IdTokenRejected):
    """No key of the set fits the token. The set may be old: fetching it again may help."""


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
    skew: float = 30,
) -> dict[str, Any]:
    """Return the claims of a token that is genuine, for us, and for now.

    `issuer` None skips that check, `nonce` None means that none was sent. `audiences` are trusted
    besides `client_id`; the first of `audience_claims` that is present is judged. `access_token`
    is compared with `at_hash` where there is one. `now` in seconds since the epoch, `skew` in
    seconds. Raises IdTokenRejected (OpenID Connect Core section 3.1.3.7), or its child KeyNotFound
    when no key fits.
    """
    algorithm, claims = _verify_signature(token, keys, algorithms)
    _check_issuer(claims, issuer)
    _check_audience(claims, client_id, audiences, audience_claims)
    _check_times(claims, now, skew)
    _check_subject(claims)
    if nonce is not None:
        _check_nonce(claims, nonce)
    if access_token is not None and "at_hash" in claims:
        _check_at_hash(claims, algorithm, access_token)
    return claims


def check_refreshed(claims: dict[str, Any], subject: str) -> None:
    """Check what a token of a refresh owes to the one before (Core section 12.2).

    Issuer and audience were compared with the configured ones in both; the subject stays.
    """
    if claims["sub"] != subject:
        raise IdTokenRejected("ID token of a refresh is of another subject than the session")


def _verify_signature(
    token: str, keys: tuple[VerificationKey, ...], algorithms: tuple[str, ...]
) -> tuple[str, dict[str, Any]]:
    if len(token) > MAX_TOKEN:
        raise IdTokenRejected(f"ID token is larger than {MAX_TOKEN} bytes")
    segments = token.split(".", 3)
    if len(segments) != 3:
        raise IdTokenRejected("ID token has not the three parts of a signed one")
    header, payload = _decode_object(segments[0], "header"), _decode(segments[1], "payload")
    algorithm, kid = _check_header(header, algorithms)
    signature = _decode(segments[2], "signature")
    signed = f"{segments[0]}.{segments[1]}".encode("ascii")
    candidates = choose(keys, kid, algorithm)
    if not candidates:
        raise KeyNotFound("ID token is signed with a key that is not in the provider's set")
    if not any(_verifies(key, algorithm, signed, signature) for key in candidates):
        if kid is None:
            raise KeyNotFound("ID token names no key, and none of the provider's set fits")
        raise IdTokenRejected("signature of the ID token is wrong")
    return algorithm, _parse(payload, "payload")


def _check_header(header: dict[str, Any], algorithms: tuple[str, ...]) -> tuple[str, str | None]:
    """Return algorithm and key id of a header in which nothing is unexpected."""
    if not header.keys() <= _HEADER_NAMES:
        raise IdTokenRejected("ID token header has a parameter that is not accepted")
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in algorithms or algorithm not in _VERIFIERS:
        shown = algorithm if isinstance(algorithm, str) and algorithm.isalnum() else "?"
        raise IdTokenRejected(f"ID token is signed with {shown[:16]!r}, which is not allowed here")
    if not isinstance(kid, str | None):
        raise IdTokenRejected("kid of the ID token header is not text")
    return algorithm, kid


def _verifies(key: VerificationKey, algorithm: str, signed: bytes, signature: bytes) -> bool:
    try:
        return bool(_VERIFIERS[algorithm].verify(signed, signature, key.public))
    except (JoseError, ValueError):
        return False


def _check_issuer(claims: dict[str, Any], issuer: str | None) -> None:
    if issuer is not None and claims.get("iss") != issuer:
        raise IdTokenRejected(f"iss of the ID token is not the configured issuer {issuer!r}")


def _check_audience(
    claims: dict[str, Any],
    client_id: str,
    audiences: tuple[str, ...],
    audience_claims: tuple[str, ...],
) -> None:
    name = next((n for n in audience_claims if n in claims), None)
    if name is None:
        raise IdTokenRejected(f"ID token has no audience ({', '.join(audience_claims)})")
    value = claims[name]
    named = [value] if isinstance(value, str) else value
    if not isinstance(named, list) or not all(isinstance(item, str) for item in named):
        raise IdTokenRejected(f"{name} of the ID token is neither text nor a list of text")
    if not named or not set(named) <= {client_id, *audiences}:
        raise IdTokenRejected(
            f"{name} of the ID token has an audience that is neither client_id nor one of"
            " oidc_extra_audiences"
        )
    if "azp" in claims and claims["azp"] != client_id:
        raise IdTokenRejected("azp of the ID token is another client")
    if len(named) > 1 and "azp" not in claims:
        raise IdTokenRejected(f"{name} of the ID token has several audiences, but there is no azp")


def _check_times(claims: dict[str, Any], now: float, skew: float) -> None:
    if _time(claims, "exp") + skew <= now:
        raise IdTokenRejected("ID token has expired (exp)")
    if _time(claims, "iat") - skew > now:
        raise IdTokenRejected("ID token was issued in the future (iat); compare the clocks")
    if "nbf" in claims and _time(claims, "nbf") - skew > now:
        raise IdTokenRejected("ID token is not valid yet (nbf); compare the clocks")


def _time(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    # A bool is an int in Python. Integers stay integers: a huge one is no float.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise IdTokenRejected(f"{name} of the ID token is missing or no number")
    if not -1e15 < value < 1e15:
        raise IdTokenRejected(f"{name} of the ID token is no date")
    return value


def _check_subject(claims: dict[str, Any]) -> None:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        raise IdTokenRejected("sub of the ID token is missing, empty, too long or no text")
    if has_controls(subject):
        raise IdTokenRejected("sub of the ID token has control characters")


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


def _decode(segment: str, part: str) -> bytes:
    try:
        return base64url.decode(segment)
    except ValueError as error:
        raise IdTokenRejected(f"{part} of the ID token is {error}") from None


def _decode_object(segment: str, part: str) -> dict[str, Any]:
    return _parse(_decode(segment, part), part)


def _parse(data: bytes, part: str) -> dict[str, Any]:
    try:
        return parse_object(data)
    except JsonRejected as error:
        raise IdTokenRejected(f"{part} of the ID token: {error}") from None
