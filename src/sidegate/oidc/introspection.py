"""Token introspection (RFC 7662): the question about an opaque token, and the answer to it.

Rule 1: `active` alone is not enough (section 4): the token also has to be for us, now, and a
bearer token. A refresh token is active too.
Rule 2: whatever is wrong with the token is IdTokenRejected, with the provider ProviderError.
"""

from dataclasses import replace
from typing import Any, Final

from sidegate.core.errors import IdTokenRejected, ProviderMisbehaved, ProviderUnavailable
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.core.secret import Secret
from sidegate.oidc.bearer_token import OTHER_PURPOSES
from sidegate.oidc.claims import Claims
from sidegate.oidc.registered_claims import (
    SKEW,
    audiences_of,
    check_issuer,
    check_subject,
    time_of,
)
from sidegate.oidc.strict_json import JsonRejected, parse_object
from sidegate.oidc.token_endpoint import Client, client_request

TIMEOUT: Final = 5.0  # seconds; a request of somebody waits for it
LARGEST: Final = 64 * 1024
_WHAT: Final = "introspected token"


def introspection_request(endpoint: str, client: Client, token: Secret[str]) -> FetchRequest:
    """Return the question (section 2.1)."""
    form = {"token": token.reveal(), "token_type_hint": "access_token"}
    request = client_request(endpoint, client, form)
    is_once = client.assertion is not None  # its jti must not come a second time
    return replace(
        request,
        timeout=TIMEOUT,
        limit=LARGEST,
        is_idempotent=not is_once,
        purpose="introspection",
    )


def parse_introspection(
    response: FetchResponse, *, issuer: str | None, audiences: frozenset[str], now: float
) -> dict[str, Any]:
    """Return the claims of an active token for one of `audiences`; `sub` is always there.

    `issuer` None: not compared. A token without `sub` is a program's own, whose name is then its
    `client_id` (section 2.2).
    """
    claims = _parse(response)
    if claims["active"] is False:
        raise IdTokenRejected("the provider says that the token is not active")
    if "iss" in claims:
        check_issuer(claims, issuer, _WHAT)
    _check_times(claims, now)
    _check_kind(claims)
    _check_audience(claims, audiences)
    claims.setdefault("sub", claims.get("client_id"))
    check_subject(claims, _WHAT)
    return claims


def _parse(response: FetchResponse) -> Claims:
    if response.status == 429 or response.status >= 500:
        raise ProviderUnavailable(f"introspection endpoint answered {response.status}")
    if response.status != 200:
        hint = "; may this client introspect?" if response.status in (401, 403) else ""
        raise ProviderMisbehaved(f"introspection endpoint answered {response.status}{hint}")
    try:
        claims = parse_object(response.body)
    except JsonRejected as error:
        raise ProviderMisbehaved(f"introspection: {error}") from None
    if not isinstance(claims.get("active"), bool):
        raise ProviderMisbehaved("introspection: active is neither true nor false")
    return claims


def _check_times(claims: Claims, now: float) -> None:
    if "exp" in claims and time_of(claims, "exp", _WHAT) + SKEW <= now:
        raise IdTokenRejected("introspected token has expired (exp)")
    if "nbf" in claims and time_of(claims, "nbf", _WHAT) - SKEW > now:
        raise IdTokenRejected("introspected token is not valid yet (nbf); compare the clocks")


def _check_kind(claims: Claims) -> None:
    if "cnf" in claims:
        raise IdTokenRejected("introspected token is bound to a key (cnf): it is no bearer token")
    if str(claims.get("token_type", "Bearer")).lower() != "bearer":
        raise IdTokenRejected("token_type of the introspected token is not Bearer")
    if str(claims.get("typ")).lower() in ("id", *OTHER_PURPOSES):
        raise IdTokenRejected("typ of the introspected token says that it is for something else")


def _check_audience(claims: Claims, audiences: frozenset[str]) -> None:
    """Check that the token is for us: by `aud`, or else by the client it was issued to.

    Without `aud` it has to be said that it is an access token: a refresh token of ours is active,
    issued to us, and no way to sign in.
    """
    if "aud" in claims:
        if not audiences_of(claims, ("aud",), _WHAT)[1] & audiences:
            raise IdTokenRejected("aud of the introspected token is not one that is accepted here")
        return
    if claims.get("client_id") not in list(audiences):
        raise IdTokenRejected(
            "introspected token has no aud, and its client_id is neither ours nor one of"
            " oidc_extra_audiences"
        )
    if "token_type" not in claims and claims.get("typ") != "Bearer":
        raise IdTokenRejected("introspected token has neither aud nor token_type")
