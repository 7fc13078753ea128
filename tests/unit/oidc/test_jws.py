"""A signed token is read one way only, and verified with nothing it brought itself."""

import pytest
from joserfc.jwk import ECKey, RSAKey

from sidegate.core.errors import IdTokenRejected
from sidegate.oidc.jwks import VerificationKey, parse_keys
from sidegate.oidc.jws import MAX_TOKEN, KeyNotFound, read_jws, verify_signature
from tests.unit.oidc.tokens import claims, jwk, key_set, segment, sign

HEADER = {"alg": "RS256", "kid": "k1"}


def keys_of(*keys: RSAKey | ECKey) -> tuple[VerificationKey, ...]:
    return parse_keys(key_set(*(jwk(key, kid=f"k{n}") for n, key in enumerate(keys, 1))))


def test_a_genuine_token_says_what_was_signed(rsa: RSAKey) -> None:
    jws = read_jws(sign(rsa, HEADER, claims(sub="alice")), "token")
    verify_signature(jws, keys_of(rsa), ("RS256",))
    assert jws.claims()["sub"] == "alice"


def test_nothing_of_a_token_is_shown(rsa: RSAKey) -> None:
    assert repr(read_jws(sign(rsa, HEADER, claims()), "token")) == "Jws(what='token')"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.b", "three parts"),
        ("a.b.c.d", "three parts"),
        ("A" * (MAX_TOKEN + 1), "larger"),
        ("e30=.e30.e30", "header of the token is not canonical base64url"),
        ("e30.e30+.e30", "payload of the token is not canonical base64url"),
        ("e30.e30.\u00e9", "signature of the token is not base64url"),
        ("W10.e30.e30", "header of the token: JSON, but not an object"),
    ],
)
def test_what_is_no_signed_token_is_refused_by_place(text: str, message: str) -> None:
    with pytest.raises(IdTokenRejected, match=message):
        read_jws(text, "token")


def test_a_payload_that_is_no_object_has_no_claims(rsa: RSAKey) -> None:
    jws = read_jws(sign(rsa, HEADER, b"[1]"), "token")
    verify_signature(jws, keys_of(rsa), ("RS256",))
    with pytest.raises(IdTokenRejected, match="payload of the token"):
        jws.claims()


@pytest.mark.parametrize(
    "extra", [{"crit": ["exp"]}, {"zip": "DEF"}, {"b64": False}, {"jwk": {"kty": "RSA"}}]
)
def test_a_header_with_an_extension_or_a_key_is_refused(
    rsa: RSAKey, extra: dict[str, object]
) -> None:
    jws = read_jws(sign(rsa, HEADER | extra, claims()), "token")
    with pytest.raises(IdTokenRejected, match="parameter"):
        verify_signature(jws, keys_of(rsa), ("RS256",))


def test_a_header_may_say_all_that_honest_providers_say(rsa: RSAKey) -> None:
    said = {"typ": "JWT", "cty": "x", "x5t": "a", "x5t#S256": "b", "x5c": ["c"]}
    elsewhere = {"x5u": "https://evil.test/key.pem", "jku": "https://evil.test/keys"}
    verify_signature(
        read_jws(sign(rsa, HEADER | said | elsewhere, claims()), "token"),
        keys_of(rsa),
        ("RS256",),
    )


@pytest.mark.parametrize("header", [{}, {"alg": "none"}, {"alg": ["RS256"]}, {"alg": "ES256"}])
def test_an_algorithm_that_was_not_spelled_out_is_refused(header: dict[str, object]) -> None:
    jws = read_jws(f"{segment(header)}.{segment(claims())}.AAAA", "token")
    with pytest.raises(IdTokenRejected, match="not allowed here"):
        verify_signature(jws, (), ("RS256", "HS256"))


def test_a_key_that_is_not_in_the_set_may_be_asked_for_and_a_wrong_signature_not(
    rsa: RSAKey, other_rsa: RSAKey
) -> None:
    unknown = read_jws(sign(rsa, HEADER | {"kid": "k9"}, claims()), "token")
    with pytest.raises(KeyNotFound):
        verify_signature(unknown, keys_of(rsa), ("RS256",))
    forged = read_jws(sign(other_rsa, HEADER, claims()), "token")
    with pytest.raises(IdTokenRejected, match="signature of the token is wrong") as raised:
        verify_signature(forged, keys_of(rsa), ("RS256",))
    assert not isinstance(raised.value, KeyNotFound)
