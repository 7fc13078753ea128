"""An access token tells something only when it is genuine, of this sign-in, and for now."""

from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import IdTokenRejected
from sidegate.oidc.access_token import verify_access_token
from sidegate.oidc.jwks import parse_keys
from tests.unit.oidc.tokens import CLIENT_ID, ISSUER, NOW, claims, jwk, key_set, sign

GOOD = {"aud": "account", "azp": CLIENT_ID, "typ": "Bearer", "nonce": None}


def verify(key: RSAKey, *, signer: RSAKey | None = None, **changes: Any) -> dict[str, Any]:
    token = sign(signer or key, {"alg": "RS256", "kid": "k"}, claims(**{**GOOD, **changes}))
    return verify_access_token(
        token,
        keys=parse_keys(key_set(jwk(key, kid="k"))),
        issuer=ISSUER,
        client_id=CLIENT_ID,
        audiences=frozenset({CLIENT_ID, "api"}),
        subject="248289761001",
        algorithms=("RS256",),
        now=float(NOW),
    )


def test_a_token_that_was_issued_to_us_is_read(rsa: RSAKey) -> None:
    assert verify(rsa, scope="x")["scope"] == "x"


@pytest.mark.parametrize("aud", [CLIENT_ID, ["account", "api"]])
def test_a_token_that_was_issued_for_us_is_read_too(rsa: RSAKey, aud: Any) -> None:
    assert verify(rsa, azp=None, aud=aud)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"iss": "https://other.example"}, "iss"),
        ({"exp": NOW - 60}, "expired"),
        ({"iat": NOW + 60}, "iat"),
        ({"sub": "bob"}, "subject"),
        ({"sub": None}, "subject"),
        ({"azp": "other"}, "neither to us nor for us"),
        ({"azp": None, "aud": None}, "audience"),
        ({"typ": "Refresh"}, "typ"),
        ({"typ": "Logout"}, "typ"),
    ],
)
def test_anything_else_is_refused(rsa: RSAKey, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(IdTokenRejected, match=message):
        verify(rsa, **changes)


def test_a_forged_one_is_refused(rsa: RSAKey, other_rsa: RSAKey) -> None:
    with pytest.raises(IdTokenRejected, match="signature"):
        verify(rsa, signer=other_rsa)
