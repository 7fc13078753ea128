"""A JWT that a client brings itself: one call verifies signature, claims and purpose.

A sign-in knows which token it asked for; here anything may come that an issuer ever signed. So the
purpose is judged too:

- An ID token is for the client it was issued to (OpenID Connect Core section 3.1.3.7). Whoever
  else was shown it must not be able to be its owner here: no foreign audience, no foreign `azp`.
- An access token is made to be shown to others: it has to name us among its audiences (RFC 9068
  section 4), whichever client it was issued to.
- Whatever is neither is refused: logout tokens and other events, refresh tokens, tokens that are
  bound to a key nobody proves to have here (`cnf`), and types we do not know (RFC 8725 3.11, 3.12).

Whatever is wrong is IdTokenRejected, with messages as in `jws`.
"""

from dataclasses import dataclass
from typing import Any, Final

from sidegate.core.errors import IdTokenRejected
from sidegate.oidc.claims import Claims
from sidegate.oidc.jwks import VerificationKey
from sidegate.oidc.jws import Jws, read_jws, verify_signature
from sidegate.oidc.registered_claims import (
    SKEW,
    audiences_of,
    check_issuer,
    check_subject,
    check_times,
)

_WHAT: Final = "JWT"
_BRINGS_A_KEY: Final = ("jwk", "x5u", "x5c")
_ACCESS_TYPES: Final = ("at+jwt", "application/at+jwt")
_TYPES: Final = ("jwt", "application/jwt", *_ACCESS_TYPES)
# What Keycloak writes into a claim `typ` of tokens that must never be shown to an application.
OTHER_PURPOSES: Final = ("refresh", "offline", "logout")


@dataclass(frozen=True, slots=True)
class BearerPolicy:
    """Whose tokens are accepted, signed with what, and for whom.

    `issuer` None: not compared. `audiences`: one of them has to be named. `is_client`: we are a
    client of this issuer, so that its ID tokens have to be ours; the tokens of an issuer that
    knows no clients of that name are judged by their audience alone. `jwks_uri`: the one place
    that `jku` may point to.
    """

    issuer: str | None
    algorithms: tuple[str, ...]
    audiences: frozenset[str]
    audience_claims: tuple[str, ...]
    is_client: bool
    jwks_uri: str


def read_bearer_token(token: str) -> Jws:
    """Return the parts of a token of at most 16 KiB. Raises IdTokenRejected."""
    return read_jws(token, _WHAT)


def claimed_issuer(jws: Jws) -> str:
    """Return the issuer that a token names, which chooses the keys and proves nothing."""
    issuer = jws.claims().get("iss")
    if not isinstance(issuer, str):
        raise IdTokenRejected("iss of the JWT is missing or no text")
    return issuer


def verify_bearer_token(
    jws: Jws, keys: tuple[VerificationKey, ...], policy: BearerPolicy, now: float
) -> dict[str, Any]:
    """Return the claims of a token that is genuine, for us, for now, and meant for this.

    `now` in seconds since the epoch. Raises IdTokenRejected, or its child KeyNotFound when no key
    fits.
    """
    claims = jws.claims()
    check_issuer(claims, policy.issuer, _WHAT)
    _check_key_hints(jws.header, policy.jwks_uri)
    _check_purpose(jws.header, claims)
    _check_audience(jws.header, claims, policy)
    check_times(claims, now, SKEW, _WHAT)
    check_subject(claims, _WHAT)
    # Last, so that a token of somebody else never has keys fetched; nothing is believed before.
    verify_signature(jws, keys, policy.algorithms)
    return claims


def _check_key_hints(header: dict[str, Any], jwks_uri: str) -> None:
    """Refuse a token that brings a key, or says to get one where its issuer has none."""
    if any(name in header for name in _BRINGS_A_KEY) or header.get("jku", jwks_uri) != jwks_uri:
        raise IdTokenRejected("JWT brings its own key, or the address of one")


def _check_purpose(header: dict[str, Any], claims: Claims) -> None:
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise IdTokenRejected("typ of the JWT is neither JWT nor at+jwt")
    if "events" in claims:
        raise IdTokenRejected("JWT is an event, such as a logout token (RFC 8417)")
    if "cnf" in claims:
        raise IdTokenRejected("token is bound to a key (cnf), which nobody proves to have here")
    purpose = claims.get("typ")
    if isinstance(purpose, str) and purpose.lower() in OTHER_PURPOSES:
        raise IdTokenRejected("typ of the JWT's claims is neither ID nor Bearer")


def _check_audience(header: dict[str, Any], claims: Claims, policy: BearerPolicy) -> None:
    name, named = audiences_of(claims, policy.audience_claims, _WHAT)
    if not named & policy.audiences:
        raise IdTokenRejected(f"{name} of the JWT is not one that is accepted here")
    if policy.is_client and not _is_access_token(header, claims):
        _check_issued_to_us(name, named, claims, policy.audiences)


def _check_issued_to_us(
    name: str, named: frozenset[str], claims: Claims, audiences: frozenset[str]
) -> None:
    if not named <= audiences:
        raise IdTokenRejected(f"{name} of the JWT has an audience that is not trusted")
    if "azp" in claims and claims["azp"] not in list(audiences):
        raise IdTokenRejected("azp of the JWT, an ID token, is another client")


def _is_access_token(header: dict[str, Any], claims: Claims) -> bool:
    """Say whether a token was made to be shown to an API: by its type, or since it has a scope."""
    return (
        str(header.get("typ")).lower() in _ACCESS_TYPES
        or claims.get("typ") == "Bearer"
        or claims.get("token_use") == "access"
        or "scope" in claims
        or "scp" in claims
    )
