"""An assertion says who we are to one provider, once, for a minute."""

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from sidegate.config.client_key import read_client_key
from sidegate.config.settings import ClientKey
from sidegate.oidc import base64url
from sidegate.oidc.client_assertion import AssertionKey
from sidegate.oidc.jwks import parse_keys
from sidegate.oidc.jws import Jws, read_jws, verify_signature
from tests.unit.oidc.tokens import CLIENT_ID, ISSUER, NOW


def key_of(key: RSAKey | ECKey) -> ClientKey:
    return read_client_key(key.as_pem(private=True))


def read(key: AssertionKey, offered: tuple[str, ...] = (), now: float = NOW + 0.9) -> Jws:
    """Return an assertion that verifies with the registered key."""
    made = key.assertion(
        client_id=CLIENT_ID, audience=ISSUER, offered=offered, jti=b"\x01" * 16, now=now
    )
    jws = read_jws(made.reveal(), "assertion")
    public = parse_keys(json.dumps(key.public_set()).encode())
    verify_signature(jws, public, (jws.header["alg"],))
    return jws


def test_it_names_us_the_provider_and_its_minute(ec: ECKey) -> None:
    assert read(AssertionKey(key_of(ec))).claims() == {
        "iss": CLIENT_ID,
        "sub": CLIENT_ID,
        "aud": ISSUER,
        "jti": base64url.encode(b"\x01" * 16),
        "iat": NOW,
        "exp": NOW + 60,
    }


def test_its_header_names_the_key_by_thumbprint_or_as_told(ec: ECKey) -> None:
    header: dict[str, Any] = {"alg": "ES256", "typ": "JWT"}
    assert read(AssertionKey(key_of(ec))).header == {**header, "kid": ec.thumbprint()}
    assert read(AssertionKey(key_of(ec), "k7")).header == {**header, "kid": "k7"}


@pytest.mark.parametrize(
    ("offered", "chosen", "used"),
    [
        ((), "", "RS256"),
        (("ES256", "PS256"), "", "PS256"),
        (("PS256", "RS256"), "", "RS256"),
        (("ES256",), "", "RS256"),
        (("RS256",), "PS256", "PS256"),
    ],
)
def test_the_algorithm_fits_the_key_and_the_provider(
    rsa: RSAKey, offered: tuple[str, ...], chosen: str, used: str
) -> None:
    assert read(AssertionKey(key_of(rsa), "", chosen), offered).header["alg"] == used


def test_a_certificate_is_named_by_its_thumbprint(ec: ECKey) -> None:
    key = ClientKey(pem=key_of(ec).pem, kind="P-256", certificate=b"\x02" * 32)
    assert read(AssertionKey(key)).header["x5t#S256"] == base64url.encode(b"\x02" * 32)


def test_nothing_private_is_shown(ec: ECKey) -> None:
    key = AssertionKey(key_of(ec), "k7")
    assert set(key.public_set()["keys"][0]) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert repr(key) == "<AssertionKey k7>"
