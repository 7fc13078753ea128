"""The userinfo answer (OpenID Connect Core section 5.3), plain or signed."""

from typing import Any, Final

from sidegate.core.errors import IdTokenRejected, ProviderMisbehaved
from sidegate.core.ports import FetchResponse
from sidegate.oidc.jwks import VerificationKey
from sidegate.oidc.jws import read_jws, verify_signature
from sidegate.oidc.registered_claims import SKEW, audiences_of, check_issuer, time_of
from sidegate.oidc.strict_json import JsonRejected, parse_object
from sidegate.oidc.token_endpoint import media_type

ACCEPT: Final = "application/json, application/jwt"
_WHAT: Final = "signed userinfo"
_MOST_BYTES: Final = 256 * 1024


def is_signed(response: FetchResponse) -> bool:
    """Say whether an answer is a JWT (section 5.3.2), by its media type."""
    return media_type(response) == "application/jwt"


def parse_userinfo(body: bytes, subject: str) -> dict[str, Any]:
    """Return the claims of an answer in JSON that is about `subject` (section 5.3.2).

    Raises IdTokenRejected when it is about somebody else or nobody: the access token was not of
    this sign-in. Raises ProviderMisbehaved for anything but a JSON object.
    """
    try:
        claims = parse_object(body)
    except JsonRejected as error:
        raise ProviderMisbehaved(f"userinfo: {error}") from None
    check_same_subject(claims, subject)
    return claims


def verify_userinfo(
    body: bytes,
    *,
    keys: tuple[VerificationKey, ...],
    algorithms: tuple[str, ...],
    issuer: str | None,
    client_id: str,
    now: float,
) -> dict[str, Any]:
    """Return the claims of a signed answer that the issuer made for us; the subject is not judged.

    `issuer` None skips that check. `exp` is not asked for (section 5.3.2), but holds where it is.
    Raises IdTokenRejected, or its child KeyNotFound when no key fits.
    """
    jws = read_jws(body.decode("latin-1"), _WHAT, _MOST_BYTES)
    verify_signature(jws, keys, algorithms)
    claims = jws.claims()
    check_issuer(claims, issuer, _WHAT)
    name, audiences = audiences_of(claims, ("aud",), _WHAT)
    if client_id not in audiences:
        raise IdTokenRejected(f"{name} of the {_WHAT} is not client_id")
    if "exp" in claims and time_of(claims, "exp", _WHAT) + SKEW <= now:
        raise IdTokenRejected(f"{_WHAT} has expired (exp)")
    return claims


def check_same_subject(claims: dict[str, Any], subject: str) -> None:
    """Compare `sub` with that of the ID token (section 5.3.2). Raises IdTokenRejected."""
    if claims.get("sub") != subject:
        raise IdTokenRejected("sub of userinfo is not the subject of the ID token")
