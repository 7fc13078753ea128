"""A private key is read from PEM in every usual form, and a bad one is named as what it is."""

import datetime as dt
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from sidegate.config.client_key import read_client_key
from sidegate.config.findings import Malformed

P256 = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | dsa.DSAPrivateKey


SHORT_RSA = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused
DSA = dsa.generate_private_key(1024)  # noqa: S505 - to be refused


def pem(key: Key, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes = b"") -> bytes:
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, lock)


def certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gate")])
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin.replace(year=2036))
    return made.sign(key, hashes.SHA256())


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (pem(RSA), "RSA"),
        (pem(RSA, PrivateFormat.TraditionalOpenSSL), "RSA"),
        (pem(P256), "P-256"),
        (pem(P256, PrivateFormat.TraditionalOpenSSL), "P-256"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "P-384"),
        (pem(ec.generate_private_key(ec.SECP521R1())), "P-521"),
        (pem(ed25519.Ed25519PrivateKey.generate()), "Ed25519"),
    ],
)
def test_every_kind_is_read_and_kept_in_one_form(content: bytes, kind: str) -> None:
    key = read_client_key(content)
    assert (key.kind, key.certificate) == (kind, b"")
    assert key.pem.reveal().startswith(b"-----BEGIN PRIVATE KEY-----")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "no private key"),
        (b"secret", "no private key"),
        (pem(P256)[:-60], "no private key"),
        (pem(P256, password=b"p"), "encrypted"),
        (pem(SHORT_RSA), "less than 2048 bits"),
        (pem(ec.generate_private_key(ec.SECP256K1())), "neither RSA"),
        (pem(DSA), "neither RSA"),
    ],
)
def test_what_cannot_sign_is_refused_with_a_remedy(content: bytes, what: str) -> None:
    with pytest.raises(Malformed, match=what) as caught:
        read_client_key(content)
    assert "openssl" in caught.value.remedy


@pytest.mark.parametrize("order", [1, -1])
def test_the_certificate_of_the_key_is_known_by_its_thumbprint(order: int) -> None:
    ours, other = certificate(P256), certificate(ec.generate_private_key(ec.SECP256R1()))
    parts = [pem(P256), *(c.public_bytes(Encoding.PEM) for c in (other, ours))]
    key = read_client_key(b"".join(parts[::order]))
    assert key.certificate == hashlib.sha256(ours.public_bytes(Encoding.DER)).digest()


def test_a_certificate_that_does_not_belong_to_the_key_is_a_mistake() -> None:
    other = certificate(ec.generate_private_key(ec.SECP256R1())).public_bytes(Encoding.PEM)
    with pytest.raises(Malformed, match="of another key"):
        read_client_key(pem(P256) + other)
    with pytest.raises(Malformed, match="damaged"):
        read_client_key(pem(P256) + other.replace(b"M", b"N", 3))
