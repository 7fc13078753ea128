"""Signs tokens in compact form (RFC 7515): those that we make ourselves."""

import json
from typing import Any, Final

from joserfc.jwa import JWS_ALGORITHMS
from joserfc.jwk import ECKey, OKPKey, RSAKey

from sidegate.oidc import base64url
from sidegate.oidc.algorithms import KIND_OF_ALGORITHM

PrivateKey = RSAKey | ECKey | OKPKey

_SIGNERS: Final = {model.name: model for model in JWS_ALGORITHMS if model.name in KIND_OF_ALGORITHM}


def sign(key: PrivateKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Return a signed token; `alg` of the header, which has to fit the key, says with what."""
    signed = f"{_segment(header)}.{_segment(claims)}"
    signature = _SIGNERS[header["alg"]].sign(signed.encode("ascii"), key)
    return f"{signed}.{base64url.encode(signature)}"


def _segment(value: dict[str, Any]) -> str:
    return base64url.encode(json.dumps(value, separators=(",", ":")).encode("utf-8"))
