"""The access token of our own sign-in, where it is a JWT that tells more than the ID token.

An access token is for others to read (RFC 9068), so nothing in it is believed before the issuer's
signature and everything that ties it to this sign-in were checked: it speaks of the same subject
and was issued to us, or for us.

Whatever is wrong is IdTokenRejected, with messages as in `jws`.
"""

from typing import Any, Final

from sidegate.core.errors import IdTokenRejected
from sidegate.oidc.bearer_token import OTHER_PURPOSES
from sidegate.oidc.id_token import MAX_ID_TOKEN
from sidegate.oidc.jwks import VerificationKey
from sidegate.oidc.jws import read_jws, verify_signature
from sidegate.oidc.registered_claims import SKEW, audiences_of, check_issuer, check_times

_WHAT: Final = "access token"


def verify_access_token(
    token: str,
    *,
    keys: tuple[VerificationKey, ...],
    issuer: str | None,
    client_id: str,
    audiences: frozenset[str],
    subject: str,
    algorithms: tuple[str, ...],
    now: float,
) -> dict[str, Any]:
    """Return the claims of a token that the issuer made for us, of this person, for now.

    `issuer` None skips that check. `audiences`: one of them has to be named where `azp` is not
    `client_id`. `now` in seconds since the epoch. Raises IdTokenRejected, or its child KeyNotFound
    when no key fits.
    """
    jws = read_jws(token, _WHAT, MAX_ID_TOKEN)
    verify_signature(jws, keys, algorithms)
    claims = jws.claims()
    check_issuer(claims, issuer, _WHAT)
    check_times(claims, now, SKEW, _WHAT)
    if claims.get("sub") != subject:
        raise IdTokenRejected("sub of the access token is not the subject of the session")
    if claims.get("azp") != client_id and not audiences_of(claims, ("aud",), _WHAT)[1] & audiences:
        raise IdTokenRejected("access token was issued neither to us nor for us (azp, aud)")
    if str(claims.get("typ")).lower() in OTHER_PURPOSES:
        raise IdTokenRejected("typ of the access token says that it is for something else")
    return claims
