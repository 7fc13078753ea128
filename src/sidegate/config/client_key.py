"""The private key that signs our assertions: read from PEM, imported only where one is given."""

import hashlib
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from sidegate.config.findings import Malformed
from sidegate.config.settings import ClientKey
from sidegate.core.secret import Secret

RSA_BITS: Final = 2048
CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
ALGORITHMS: Final = {
    "RSA": ("RS256", "PS256"),
    "P-256": ("ES256",),
    "P-384": ("ES384",),
    "P-521": ("ES512",),
    "Ed25519": ("EdDSA",),
}
"""What each kind of key signs with, the one that most providers know first."""

MAKE_ONE: Final = "Make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"


def read_client_key(content: bytes) -> ClientKey:
    """Return the key of a PEM file, with the certificate beside it. Raises Malformed."""
    key = _load(content)
    return ClientKey(
        pem=Secret(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())),
        kind=_kind(key),
        certificate=_thumbprint(content, key) if b"BEGIN CERTIFICATE" in content else b"",
    )


def _load(content: bytes) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(content, password=None)
    except TypeError:
        raise Malformed(
            "the private key is encrypted, and nobody is here to type its password",
            "Decrypt it with `openssl pkey -in KEY`, and guard the file by its permissions.",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise Malformed("there is no private key in PEM that can be read", MAKE_ONE) from None


def _kind(key: PrivateKeyTypes) -> str:
    if isinstance(key, RSAPrivateKey):
        if key.key_size < RSA_BITS:
            raise Malformed(f"the RSA key has less than {RSA_BITS} bits", MAKE_ONE)
        return "RSA"
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in CURVES:
        return CURVES[key.curve.name]
    if isinstance(key, Ed25519PrivateKey):
        return "Ed25519"
    raise Malformed("the private key is neither RSA, P-256, P-384, P-521 nor Ed25519", MAKE_ONE)


def _thumbprint(content: bytes, key: PrivateKeyTypes) -> bytes:
    """Return the SHA-256 of the certificate that belongs to the key (RFC 7515 section 4.1.8)."""
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 - few need it

    try:
        certificates = load_pem_x509_certificates(content)
    except ValueError:
        raise Malformed(
            "the certificate beside the private key is damaged", "Copy it anew."
        ) from None
    ours = _public_bytes(key)
    for certificate in certificates:
        public = certificate.public_key()
        if public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == ours:
            return hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    raise Malformed(
        "the certificate beside the private key is that of another key",
        "Put the certificate of this key into the file, or none.",
    )


def _public_bytes(key: PrivateKeyTypes) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
