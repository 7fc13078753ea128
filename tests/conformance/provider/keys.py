"""Keys of the scripted provider, and of whoever attacks it.

They sign with `cryptography` alone, so that the gate's own library is not its own judge.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_DIGESTS: dict[str, type[HashAlgorithm]] = {"256": SHA256, "384": SHA384, "512": SHA512}
_CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


def encode(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


@dataclass(frozen=True)
class Key:
    """A private key with the name and algorithm its set gives it."""

    kid: str
    algorithm: str
    private: Private

    def sign(self, algorithm: str, data: bytes, *, der: bool = False) -> bytes:
        """Return a signature. `der`: ECDSA as ASN.1, which JOSE forbids (RFC 7518 section 3.4)."""
        digest = _DIGESTS.get(algorithm[-3:], SHA256)()
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(data)
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            signature = self.private.sign(data, ec.ECDSA(digest))
            return signature if der else _raw(signature, self.private.curve.key_size)
        if algorithm.startswith("PS"):
            scheme = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
            return self.private.sign(data, scheme, digest)
        return self.private.sign(data, padding.PKCS1v15(), digest)

    def jwk(self, **changes: Any) -> dict[str, Any]:
        """Return the public key as a set shows it; a change to None leaves a member out."""
        members = {"kid": self.kid, "use": "sig", "alg": self.algorithm, **_numbers(self.private)}
        return {name: v for name, v in {**members, **changes}.items() if v is not None}

    def public(self, form: str) -> bytes:
        """Return the public key as `der`, `pkcs1`, `pem` or `pkcs1_pem`: what an HMAC may abuse."""
        kind = serialization.PublicFormat
        shape = kind.PKCS1 if form.startswith("pkcs1") else kind.SubjectPublicKeyInfo
        encoding = serialization.Encoding.PEM if form.endswith("pem") else _DER
        return self.private.public_key().public_bytes(encoding, shape)


_DER = serialization.Encoding.DER


@cache
def key(kid: str, algorithm: str = "RS256", bits: int = 2048) -> Key:
    """Return the key of that name; the same each time."""
    if algorithm in _CURVES:
        return Key(kid, algorithm, ec.generate_private_key(_CURVES[algorithm]()))
    if algorithm == "EdDSA":
        return Key(kid, algorithm, ed25519.Ed25519PrivateKey.generate())
    return Key(kid, algorithm, rsa.generate_private_key(65537, bits))


def mac(secret: bytes, algorithm: str, data: bytes) -> bytes:
    """Return an HMAC signature (`HS256` and its like), for key confusion."""
    return hmac.new(secret, data, getattr(hashlib, f"sha{algorithm[-3:]}")).digest()


def _raw(signature: bytes, bits: int) -> bytes:
    size = (bits + 7) // 8
    return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(signature))


def _numbers(private: Private) -> dict[str, str]:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        x = private.public_key().public_bytes_raw()
        return {"kty": "OKP", "crv": "Ed25519", "x": encode(x)}
    if isinstance(private, ec.EllipticCurvePrivateKey):
        point, size = private.public_key().public_numbers(), (private.curve.key_size + 7) // 8
        crv = f"P-{private.curve.key_size}"
        x, y = (encode(n.to_bytes(size, "big")) for n in (point.x, point.y))
        return {"kty": "EC", "crv": crv, "x": x, "y": y}
    numbers = private.public_key().public_numbers()
    n = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
    return {"kty": "RSA", "n": encode(n), "e": encode(numbers.e.to_bytes(3, "big"))}
