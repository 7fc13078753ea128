"""What we sign, our own verifier reads."""

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from sidegate.oidc.jwks import parse_keys
from sidegate.oidc.jws import read_jws, verify_signature
from sidegate.oidc.signing import sign
from tests.unit.oidc.tokens import jwk, key_set


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_a_token_verifies_with_the_public_key_alone(
    algorithm: str, rsa: RSAKey, ec: ECKey, ed25519: OKPKey
) -> None:
    key = {"RS256": rsa, "PS256": rsa, "ES256": ec, "EdDSA": ed25519}[algorithm]
    token = sign(key, {"alg": algorithm, "kid": "k"}, {"sub": "\u00e4"})
    jws = read_jws(token, "token")
    verify_signature(jws, parse_keys(key_set(jwk(key, kid="k"))), (algorithm,))
    assert jws.claims() == {"sub": "\u00e4"}
