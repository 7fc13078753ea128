"""The token with which a provider says that somebody signed out.

OpenID Connect Back-Channel Logout 1.0, section 2.4. One call verifies claims, purpose, signature.
Nothing else that an issuer signs may pass for one, and a logout token passes for nothing else: it
has the event, and never a nonce; `bearer_token` and `id_token` refuse it in turn.

Whatever is wrong is IdTokenRejected, with messages as in `jws`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sidegate.core.errors import IdTokenRejected
from sidegate.core.ports import Logout
from sidegate.oidc.claims import Claims, has_controls
from sidegate.oidc.jwks import VerificationKey
from sidegate.oidc.jws import Jws, read_jws, verify_signature
from sidegate.oidc.registered_claims import SKEW, audiences_of, check_issuer, time_of

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
OLDEST: Final = 300.0  # seconds since a token was issued; section 2.4 recommends two minutes
LIVES: Final = OLDEST + 2 * SKEW
"""Seconds for which a token may be accepted at all, whatever two clocks say."""
MAX_TEXT: Final = 255
_WHAT: Final = "logout token"
# Section 2.4 recommends the first, and most providers write the second, or nothing.
_TYPES: Final = ("logout+jwt", "application/logout+jwt", "jwt", "application/jwt")


@dataclass(frozen=True, slots=True)
class LogoutPolicy:
    """Whose tokens are accepted, signed with what, and for whom. `issuer` None: not compared."""

    issuer: str | None
    algorithms: tuple[str, ...]
    audiences: frozenset[str]


def read_logout_token(token: str) -> Jws:
    """Return the parts of a token of at most 16 KiB. Raises IdTokenRejected."""
    return read_jws(token, _WHAT)


def verify_logout_token(
    jws: Jws, keys: tuple[VerificationKey, ...], policy: LogoutPolicy, now: float
) -> dict[str, Any]:
    """Return the claims of a token that is genuine, for us, and from just now (section 2.6).

    `now` in seconds since the epoch. Whether it was used before, its `jti` has to tell. Raises
    IdTokenRejected, or its child KeyNotFound when no key fits.
    """
    claims = jws.claims()
    check_issuer(claims, policy.issuer, _WHAT)
    _check_purpose(jws.header, claims)
    _check_audience(claims, policy.audiences)
    _check_times(claims, now)
    logout_of("", claims)
    # Last, so that a token of somebody else never has keys fetched; nothing is believed before.
    verify_signature(jws, keys, policy.algorithms)
    return claims


def logout_of(provider: str, claims: Mapping[str, Any]) -> Logout:
    """Return what the token says. Raises IdTokenRejected when it does not say who is meant."""
    user, session = _text(claims, "sub"), _text(claims, "sid")
    if not (user or session):
        raise IdTokenRejected("logout token has neither sub nor sid")
    token_id = _text(claims, "jti")
    if not token_id:
        raise IdTokenRejected("logout token has no jti")
    return Logout(provider, token_id, user=user, session_id=session)


def _check_purpose(header: dict[str, Any], claims: Claims) -> None:
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise IdTokenRejected("typ of the logout token is neither logout+jwt nor JWT")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise IdTokenRejected("events of the logout token does not hold the event of a logout")
    if "nonce" in claims:
        raise IdTokenRejected("logout token has a nonce, so it may be meant for an ID token")


def _check_audience(claims: Claims, audiences: frozenset[str]) -> None:
    """Check that it is for us and nobody we do not trust, as with ID tokens (Core 3.1.3.7)."""
    name, named = audiences_of(claims, ("aud",), _WHAT)
    if not named <= audiences:
        raise IdTokenRejected(f"{name} of the logout token has an audience that is not trusted")


def _check_times(claims: Claims, now: float) -> None:
    """Check `iat` and, where there is one, `exp`: older providers write none."""
    issued = time_of(claims, "iat", _WHAT)
    if issued - SKEW > now:
        raise IdTokenRejected("logout token was issued in the future (iat); compare the clocks")
    if issued + OLDEST + SKEW <= now:
        raise IdTokenRejected(f"logout token is older than {OLDEST:g} seconds (iat)")
    if "exp" in claims and time_of(claims, "exp", _WHAT) + SKEW <= now:
        raise IdTokenRejected("logout token has expired (exp)")


def _text(claims: Mapping[str, Any], name: str) -> str:
    """Return a claim that names something, empty text when it is absent."""
    value = claims.get(name, "")
    if name in claims and (not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT):
        raise IdTokenRejected(f"{name} of the logout token is empty, too long or no text")
    if has_controls(value):
        raise IdTokenRejected(f"{name} of the logout token has control characters")
    return str(value)
