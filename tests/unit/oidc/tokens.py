"""Makes ID tokens and key sets for tests, honest and forged ones, byte by byte."""

import json
from typing import Any

from joserfc.jwa import JWS_ALGORITHMS
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from sidegate.oidc import base64url

NOW = 1_700_000_000
ISSUER = "https://idp.example"
CLIENT_ID = "gate"
NONCE = "n-0S6_WzA2Mj"

_MODELS = {model.name: model for model in JWS_ALGORITHMS}

Key = RSAKey | ECKey | OKPKey | OctKey


def claims(**changes: Any) -> dict[str, Any]:
    """Return good claims with changes; a change to None removes the claim."""
    good = {
        "iss": ISSUER,
        "sub": "248289761001",
        "aud": CLIENT_ID,
        "exp": NOW + 300,
        "iat": NOW - 5,
        "nonce": NONCE,
        "email": "alice@example.com",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def segment(value: dict[str, Any] | bytes) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64url.encode(data)


def sign(key: Key, header: dict[str, Any], payload: dict[str, Any] | bytes, alg: str = "") -> str:
    """Return a compact JWS; `alg` signs with another algorithm than the header says."""
    signed = f"{segment(header)}.{segment(payload)}"
    signature = _MODELS[alg or header["alg"]].sign(signed.encode(), key)
    return f"{signed}.{base64url.encode(signature)}"


def jwk(key: Key, **members: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **members}


def key_set(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"keys": entries}).encode()
