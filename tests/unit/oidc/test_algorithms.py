"""What another library signs we verify, and nothing that was changed on the way."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwa import JWS_ALGORITHMS
from joserfc.jwk import ECKey, OKPKey, RSAKey

from sidegate.oidc import base64url
from sidegate.oidc.algorithms import KIND_OF_ALGORITHM, PublicKey, import_public, verifies

SIGNED = b"header.payload"
KEYS: dict[str, RSAKey | ECKey | OKPKey] = {
    "RSA": RSAKey.generate_key(2048),
    "P-256": ECKey.generate_key("P-256"),
    "P-384": ECKey.generate_key("P-384"),
    "P-521": ECKey.generate_key("P-521"),
    "Ed25519": OKPKey.generate_key("Ed25519"),
}
SIGNERS = {model.name: model for model in JWS_ALGORITHMS}
ALGORITHMS = sorted(KIND_OF_ALGORITHM)


def signature_of(algorithm: str) -> bytes:
    key: Any = KEYS[KIND_OF_ALGORITHM[algorithm]]
    return SIGNERS[algorithm].sign(SIGNED, key)


def public_of(kind: str) -> PublicKey:
    found, public = import_public(dict(KEYS[kind].as_dict(private=False)))
    assert found == kind
    return public


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_another_library_signed_is_good(algorithm: str) -> None:
    public = public_of(KIND_OF_ALGORITHM[algorithm])
    signature = signature_of(algorithm)
    assert verifies(algorithm, public, signature, SIGNED)
    assert not verifies(algorithm, public, signature, SIGNED + b".")
    assert not verifies(algorithm, public, signature[:-1], SIGNED)
    assert not verifies(algorithm, public, signature + b"\0", SIGNED)
    assert not verifies(algorithm, public, b"", SIGNED)
    for place in range(0, len(signature), 7):
        flipped = bytearray(signature)
        flipped[place] ^= 1
        assert not verifies(algorithm, public, bytes(flipped), SIGNED)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_signature_is_good_for_one_algorithm_and_one_kind_of_key(algorithm: str) -> None:
    signature = signature_of(algorithm)
    same = {"EdDSA", "Ed25519"}
    for other in ALGORITHMS:
        for kind in KEYS:
            is_same = other == algorithm or {other, algorithm} == same
            fits = is_same and kind == KIND_OF_ALGORITHM[other]
            assert verifies(other, public_of(kind), signature, SIGNED) is fits


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS1", "rs256", "", "RS256 "])
def test_no_other_algorithm_verifies_anything(algorithm: str) -> None:
    for kind in KEYS:
        assert not verifies(algorithm, public_of(kind), signature_of("RS256"), SIGNED)


def test_a_salt_of_another_length_is_not_what_the_standard_says() -> None:
    private = KEYS["RSA"].private_key
    assert isinstance(private, RSAPrivateKey)
    for length in (0, 20, PSS.MAX_LENGTH):
        signature = private.sign(SIGNED, PSS(MGF1(SHA256()), length), SHA256())
        assert not verifies("PS256", public_of("RSA"), signature, SIGNED)


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "ES512"])
def test_numbers_that_no_signature_has_are_refused(algorithm: str) -> None:
    size = len(signature_of(algorithm)) // 2
    for r, s in ((0, 0), (0, 1), (1, 0), ((1 << 8 * size) - 1, 1)):
        forged = r.to_bytes(size) + s.to_bytes(size)
        assert not verifies(algorithm, public_of(KIND_OF_ALGORITHM[algorithm]), forged, SIGNED)


def changed(kind: str, **members: Any) -> dict[str, Any]:
    return {**KEYS[kind].as_dict(private=False), **members}


def shifted(kind: str, name: str, data: bytes) -> dict[str, Any]:
    """Return a key whose member has these bytes before it."""
    value = base64url.decode(str(changed(kind)[name]))
    return changed(kind, **{name: base64url.encode(data + value)})


@pytest.mark.parametrize(
    "entry",
    [
        {},
        changed("RSA", kty="oct"),
        changed("RSA", kty="EC"),
        changed("RSA", crv="P-256"),
        changed("RSA", n=7),
        changed("RSA", n="AQAB"),
        changed("RSA", n=base64url.encode(b"\xff" * 1025)),
        changed("RSA", e="AA"),
        changed("RSA", e="Ag"),
        changed("RSA", e=base64url.encode(b"\x01\0\0\0\1")),
        changed("RSA", n="not base64!"),
        changed("P-256", crv="P-384"),
        changed("P-256", crv="secp256k1"),
        changed("P-256", x="AA"),
        changed("P-256", x=base64url.encode(b"\1" * 32), y=base64url.encode(b"\1" * 32)),
        shifted("P-256", "x", b"\0"),
        changed("P-256", y=None),
        changed("Ed25519", crv="X25519"),
        changed("Ed25519", x="AA"),
        shifted("Ed25519", "x", b"\0"),
    ],
)
def test_what_is_no_key_is_none(entry: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        import_public(entry)


def test_private_members_are_not_read() -> None:
    entry = dict(KEYS["P-256"].as_dict(private=True))
    assert import_public({**entry, "d": 7})[0] == "P-256"
