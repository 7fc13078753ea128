"""Signatures and public keys of JSON Web Algorithms (RFC 7518, 8037), on `cryptography`.

Rule 1: the algorithm is chosen by name from this list, and each fits one kind of key.
Rule 2: a key is what its members say, in full length, and lies on its curve; nothing is mended.
Rule 3: nothing is computed here: numbers are handed over, and a signature is good or it is not.
"""

from collections.abc import Callable
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from sidegate.core.errors import ProviderMisbehaved
from sidegate.oidc import base64url

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
Hash = SHA256 | SHA384 | SHA512

RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 8192  # a larger one is a way to burn our processor
EXPONENT_BITS: Final = 32

KIND_OF_ALGORITHM: Final = {
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
    "ES256": "P-256",
    "ES384": "P-384",
    "ES512": "P-521",
    "EdDSA": "Ed25519",
    "Ed25519": "Ed25519",
}
"""Every algorithm we verify (RFC 7518 section 3.1, RFC 8037, RFC 9864) and the kind of its key."""

_CURVES: Final = {"P-256": SECP256R1(), "P-384": SECP384R1(), "P-521": SECP521R1()}
_HASHES: Final[dict[str, Hash]] = {"256": SHA256(), "384": SHA384(), "512": SHA512()}


def verifies(algorithm: str, public: PublicKey, signature: bytes, signed: bytes) -> bool:
    """Say whether `signature` of `signed` was made by the owner of a key, with this algorithm.

    False, too, for an algorithm that is none of ours or does not fit the key.
    """
    verify = _VERIFIERS.get(algorithm)
    if verify is None:
        return False
    try:
        verify(public, signature, signed, algorithm)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def allowed_algorithms(wanted: tuple[str, ...], offered: tuple[str, ...]) -> tuple[str, ...]:
    """Return what both sides allow and we can verify; `none` and HMAC never are among it.

    `wanted`: what the configuration names, empty: all. `offered`: what the issuer announces.
    Raises ProviderMisbehaved when nothing is left.
    """
    both = tuple(
        name for name in wanted or offered if name in offered and name in KIND_OF_ALGORITHM
    )
    if not both:
        raise ProviderMisbehaved("the provider offers no signature algorithm that is allowed here")
    return both


def import_public(entry: dict[str, Any]) -> tuple[str, PublicKey]:
    """Return kind and key of a JWK (RFC 7517, RFC 7518 section 6); private members are not read.

    Raises ValueError, TypeError or KeyError for what is no public key that we take.
    """
    match entry.get("kty"), entry.get("crv"):
        case "RSA", None:
            modulus, exponent = (_number(entry, name) for name in ("n", "e"))
            if not RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS:
                raise ValueError("modulus")
            if exponent.bit_length() > EXPONENT_BITS:
                raise ValueError("exponent")
            return "RSA", RSAPublicNumbers(exponent, modulus).public_key()
        case "EC", ("P-256" | "P-384" | "P-521") as name:
            curve = _CURVES[name]
            x, y = (_coordinate(entry, one, curve.key_size) for one in ("x", "y"))
            return name, EllipticCurvePublicNumbers(x, y, curve).public_key()
        case "OKP", "Ed25519":
            return "Ed25519", Ed25519PublicKey.from_public_bytes(_bytes(entry, "x"))
    raise ValueError("kty or crv")


def _rsa(public: PublicKey, signature: bytes, signed: bytes, algorithm: str) -> None:
    if not isinstance(public, RSAPublicKey):
        raise InvalidSignature
    public.verify(signature, signed, PKCS1v15(), _hash(algorithm))


def _pss(public: PublicKey, signature: bytes, signed: bytes, algorithm: str) -> None:
    """Verify with a salt as long as the hash (RFC 7518 section 3.5)."""
    if not isinstance(public, RSAPublicKey):
        raise InvalidSignature
    chosen = _hash(algorithm)
    public.verify(signature, signed, PSS(MGF1(chosen), chosen.digest_size), chosen)


def _ecdsa(public: PublicKey, signature: bytes, signed: bytes, algorithm: str) -> None:
    """Verify the two numbers one behind the other, each in full length (section 3.4)."""
    curve = _CURVES[KIND_OF_ALGORITHM[algorithm]]
    size = (curve.key_size + 7) // 8
    if not isinstance(public, EllipticCurvePublicKey) or public.curve.name != curve.name:
        raise InvalidSignature
    if len(signature) != 2 * size:
        raise InvalidSignature
    r, s = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
    public.verify(encode_dss_signature(r, s), signed, ECDSA(_hash(algorithm)))


def _eddsa(public: PublicKey, signature: bytes, signed: bytes, _algorithm: str) -> None:
    if not isinstance(public, Ed25519PublicKey):
        raise InvalidSignature
    public.verify(signature, signed)


Verify = Callable[[PublicKey, bytes, bytes, str], None]
_BY_FAMILY: Final[dict[str, Verify]] = {"RS": _rsa, "PS": _pss, "ES": _ecdsa, "Ed": _eddsa}
_VERIFIERS: Final = {name: _BY_FAMILY[name[:2]] for name in KIND_OF_ALGORITHM}


def _hash(algorithm: str) -> Hash:
    return _HASHES[algorithm[2:]]


def _bytes(entry: dict[str, Any], name: str) -> bytes:
    value = entry[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return base64url.decode(value)


def _number(entry: dict[str, Any], name: str) -> int:
    return int.from_bytes(_bytes(entry, name))


def _coordinate(entry: dict[str, Any], name: str, bits: int) -> int:
    """Return a coordinate, which has the full length of its field (section 6.2.1.2)."""
    data = _bytes(entry, name)
    if len(data) != (bits + 7) // 8:
        raise ValueError(name)
    return int.from_bytes(data)
