"""What an ID token must be before anybody is believed (OpenID Connect Core 3.1.3.7)."""

import hashlib
import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from sidegate.core.errors import IdTokenRejected
from sidegate.oidc import base64url
from sidegate.oidc.id_token import MAX_ID_TOKEN, check_refreshed, verify_id_token
from sidegate.oidc.jwks import KIND_OF_ALGORITHM, VerificationKey, parse_keys
from sidegate.oidc.jws import KeyNotFound
from tests.unit.oidc.tokens import (
    CLIENT_ID,
    ISSUER,
    NONCE,
    NOW,
    claims,
    jwk,
    key_set,
    segment,
    sign,
)

HEADER = {"alg": "RS256", "kid": "k1"}
Keys = tuple[VerificationKey, ...]


@pytest.fixture(scope="module")
def keys(rsa: RSAKey, ec: ECKey, ed25519: OKPKey) -> Keys:
    return parse_keys(
        key_set(
            jwk(rsa, kid="k1"),
            jwk(ec, kid="e1", alg="ES256"),
            jwk(ec, kid="k1", alg="ES256"),  # a second key of the same id, of another kind
            jwk(ed25519, kid="d1"),
        )
    )


def verify(token: str, keys: Keys, **changes: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "keys": keys,
        "issuer": ISSUER,
        "client_id": CLIENT_ID,
        "audiences": (),
        "audience_claims": ("aud",),
        "algorithms": ("RS256", "ES256", "EdDSA"),
        "nonce": NONCE,
        "access_token": None,
        "now": NOW,
    }
    return verify_id_token(token, **{**arguments, **changes})


def test_an_honest_token_gives_its_claims(rsa: RSAKey, keys: Keys) -> None:
    assert verify(sign(rsa, HEADER, claims()), keys) == claims()


@pytest.mark.parametrize("alg", sorted(KIND_OF_ALGORITHM))
def test_every_algorithm_of_the_table_verifies_with_its_kind_of_key(alg: str) -> None:
    kind = KIND_OF_ALGORITHM[alg]
    key: RSAKey | ECKey | OKPKey
    if kind == "RSA":
        key = RSAKey.generate_key(2048)
    elif kind == "Ed25519":
        key = OKPKey.generate_key("Ed25519")
    else:
        key = ECKey.generate_key(kind)  # type: ignore[arg-type]  # a curve name from our table
    found = parse_keys(key_set(jwk(key, kid="a", alg=alg)))
    token = sign(key, {"alg": alg, "kid": "a"}, claims())
    assert verify(token, found, algorithms=(alg,))["sub"] == "248289761001"
    with pytest.raises(IdTokenRejected, match="not allowed here"):
        verify(token, found, algorithms=("none",))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"iss": "https://attacker.example"}, "iss"),
        ({"iss": ISSUER + "/"}, "iss"),
        ({"iss": [ISSUER]}, "iss"),
        ({"iss": None}, "iss"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 12345}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"sub": "a\r\nX-Evil: 1"}, "sub"),
        ({"aud": None}, "audience"),
        ({"aud": "other"}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": CLIENT_ID.upper()}, "aud"),
        ({"aud": {CLIENT_ID: 1}}, "aud"),
        ({"aud": [CLIENT_ID, 1]}, "aud"),
        ({"aud": [CLIENT_ID, "other"]}, "aud"),
        ({"aud": [CLIENT_ID, "other"], "azp": CLIENT_ID}, "aud"),
        ({"azp": "other"}, "azp"),
        ({"azp": [CLIENT_ID]}, "azp"),
        ({"exp": None}, "exp"),
        ({"exp": NOW - 30}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": str(NOW + 300)}, "exp"),
        ({"exp": 1e308}, "exp"),
        ({"exp": 10**400}, "exp"),
        ({"iat": None}, "iat"),
        ({"iat": NOW + 31}, "iat"),
        ({"iat": True}, "iat"),
        ({"iat": [NOW]}, "iat"),
        ({"nbf": NOW + 600}, "nbf"),
        ({"nbf": "soon"}, "nbf"),
        ({"nonce": None}, "nonce"),
        ({"nonce": "evil"}, "nonce"),
        ({"nonce": "\u00fc"}, "nonce"),
        ({"nonce": [NONCE]}, "nonce"),
        ({"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}, "at_hash"),
        ({"at_hash": True}, "at_hash"),
    ],
)
def test_a_wrong_claim_is_refused_by_name(
    changes: dict[str, Any], message: str, rsa: RSAKey, keys: Keys
) -> None:
    with pytest.raises(IdTokenRejected, match=message):
        verify(sign(rsa, HEADER, claims(**changes)), keys, access_token="another")


@pytest.mark.parametrize("changes", [{"iat": NOW + 20}, {"exp": NOW - 20}, {"nbf": NOW + 20}])
def test_clocks_may_differ_by_half_a_minute(
    changes: dict[str, Any], rsa: RSAKey, keys: Keys
) -> None:
    assert verify(sign(rsa, HEADER, claims(**changes)), keys)


def test_an_extra_audience_counts_when_the_operator_trusts_it(rsa: RSAKey, keys: Keys) -> None:
    both = sign(rsa, HEADER, claims(aud=[CLIENT_ID, "api"], azp=CLIENT_ID))
    assert verify(both, keys, audiences=("api",))
    assert verify(sign(rsa, HEADER, claims(aud="api")), keys, audiences=("api",))
    with pytest.raises(IdTokenRejected, match="azp"):
        verify(sign(rsa, HEADER, claims(aud=[CLIENT_ID, "api"])), keys, audiences=("api",))


def test_the_first_audience_claim_that_is_there_is_judged(rsa: RSAKey, keys: Keys) -> None:
    names = ("client", "aud")
    assert verify(sign(rsa, HEADER, claims()), keys, audience_claims=names)
    with pytest.raises(IdTokenRejected, match="client"):
        verify(sign(rsa, HEADER, claims(client="other")), keys, audience_claims=names)


def test_at_hash_of_the_access_token_is_accepted(rsa: RSAKey, keys: Keys) -> None:
    # The pair of OpenID Connect Core, appendix A.3.
    access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    token = sign(rsa, HEADER, claims(at_hash="77QmUPtjPfzWtF2AnpK9RQ"))
    assert verify(token, keys, access_token=access_token)


@pytest.mark.parametrize(
    ("alg", "at_hash"),
    [
        ("PS384", hashlib.sha384(b"token").digest()[:24]),
        ("RS512", hashlib.sha512(b"token").digest()[:32]),
        ("EdDSA", hashlib.sha512(b"token").digest()[:32]),
    ],
)
def test_at_hash_is_made_with_the_hash_of_the_signature(
    alg: str, at_hash: bytes, rsa: RSAKey, ed25519: OKPKey
) -> None:
    key = ed25519 if alg == "EdDSA" else rsa
    token = sign(key, {"alg": alg, "kid": "a"}, claims(at_hash=base64url.encode(at_hash)))
    found = parse_keys(key_set(jwk(key, kid="a")))
    assert verify(token, found, algorithms=(alg,), access_token="token")
    with pytest.raises(IdTokenRejected, match="at_hash"):
        verify(token, found, algorithms=(alg,), access_token="another")


def test_where_no_access_token_came_at_hash_is_of_no_use(rsa: RSAKey, keys: Keys) -> None:
    assert verify(sign(rsa, HEADER, claims(at_hash="77QmUPtjPfzWtF2AnpK9RQ")), keys)
    assert verify(sign(rsa, HEADER, claims()), keys, access_token="token")


def test_without_a_sent_nonce_none_is_asked_for(rsa: RSAKey, keys: Keys) -> None:
    assert verify(sign(rsa, HEADER, claims(nonce=None)), keys, nonce=None)


def test_without_issuer_check_another_issuer_passes(rsa: RSAKey, keys: Keys) -> None:
    assert verify(sign(rsa, HEADER, claims(iss="https://x.example")), keys, issuer=None)


def test_alg_none_is_refused_with_and_without_signature(rsa: RSAKey, keys: Keys) -> None:
    signature = sign(rsa, HEADER, claims()).rpartition(".")[2]
    for alg in ("none", "None", "NONE", "nOnE", ""):
        for tail in ("", signature):
            token = f"{segment({'alg': alg})}.{segment(claims())}.{tail}"
            with pytest.raises(IdTokenRejected, match="not allowed here"):
                verify(token, keys, algorithms=("RS256", "none"))


def test_hs256_with_the_public_key_as_secret_is_refused(rsa: RSAKey, keys: Keys) -> None:
    for shape in (rsa.as_pem(private=False), rsa.as_der(private=False)):
        try:
            secret = OctKey.import_key(base64url.encode(shape))
        except ValueError:
            secret = OctKey.import_key({"kty": "oct", "k": base64url.encode(shape)})
        token = sign(secret, {"alg": "HS256", "kid": "k1"}, claims())
        with pytest.raises(IdTokenRejected, match="not allowed here"):
            verify(token, keys, algorithms=("RS256", "HS256"))


def test_the_key_decides_the_kind_of_signature(rsa: RSAKey, keys: Keys) -> None:
    with pytest.raises(KeyNotFound):  # an elliptic key id with an RSA algorithm
        verify(sign(rsa, {"alg": "RS256", "kid": "e1"}, claims()), keys)
    only_rs = parse_keys(key_set(jwk(rsa, kid="k1", alg="RS256")))
    with pytest.raises(KeyNotFound):
        verify(sign(rsa, {"alg": "PS256", "kid": "k1"}, claims()), only_rs, algorithms=("PS256",))
    with pytest.raises(IdTokenRejected, match="not allowed here"):
        verify(sign(rsa, {"alg": "RS512", "kid": "k1"}, claims()), keys)


def test_two_keys_of_one_id_are_told_apart_by_kind(rsa: RSAKey, ec: ECKey, keys: Keys) -> None:
    assert verify(sign(ec, {"alg": "ES256", "kid": "k1"}, claims()), keys)
    assert verify(sign(rsa, {"alg": "RS256", "kid": "k1"}, claims()), keys)


def test_a_token_without_key_id_is_tried_with_every_fitting_key(
    rsa: RSAKey, other_rsa: RSAKey
) -> None:
    both = parse_keys(key_set(jwk(other_rsa, kid="a"), jwk(rsa, kid="b")))
    assert verify(sign(rsa, {"alg": "RS256"}, claims()), both)
    with pytest.raises(KeyNotFound):
        verify(sign(rsa, {"alg": "RS256"}, claims()), both[:1])


@pytest.mark.parametrize("kid", ["unknown", "", "x' UNION SELECT 'k", "../../dev/null", "k1\x00"])
def test_an_unknown_key_id_asks_for_other_keys(kid: str, rsa: RSAKey, keys: Keys) -> None:
    with pytest.raises(KeyNotFound):
        verify(sign(rsa, {"alg": "RS256", "kid": kid}, claims()), keys)


@pytest.mark.parametrize("kid", [1, ["k1"], {"k": 1}, True])
def test_a_key_id_is_text(kid: Any, rsa: RSAKey, keys: Keys) -> None:
    with pytest.raises(IdTokenRejected, match="kid"):
        verify(sign(rsa, {"alg": "RS256", "kid": kid}, claims()), keys)


def test_a_key_that_the_token_brings_or_points_to_is_never_used(
    other_rsa: RSAKey, keys: Keys
) -> None:
    own = jwk(other_rsa, kid="k1")
    for name, value in (
        ("jwk", own),
        ("jku", "https://attacker.example/jwks"),
        ("x5u", "https://attacker.example/c.pem"),
        ("x5c", ["MIIB"]),
    ):
        with pytest.raises(IdTokenRejected):
            verify(sign(other_rsa, {**HEADER, name: value}, claims()), keys)


@pytest.mark.parametrize(
    "extra", [{"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"zip": "DEF"}]
)
def test_an_extension_of_the_header_is_refused(
    extra: dict[str, Any], rsa: RSAKey, keys: Keys
) -> None:
    with pytest.raises(IdTokenRejected, match="parameter"):
        verify(sign(rsa, {**HEADER, **extra}, claims()), keys)


def test_a_changed_or_foreign_signature_is_wrong(
    rsa: RSAKey, other_rsa: RSAKey, ec: ECKey, keys: Keys
) -> None:
    head, payload, signature = sign(rsa, HEADER, claims()).split(".")
    raw = base64url.decode(signature)
    flipped = base64url.encode(bytes([raw[0] ^ 1]) + raw[1:])
    ec_raw = base64url.decode(sign(ec, {"alg": "ES256", "kid": "e1"}, claims()).split(".")[2])
    for token in (
        f"{head}.{payload}.{flipped}",
        f"{head}.{payload}.",
        f"{head}.{segment(claims(sub='admin'))}.{signature}",
        sign(other_rsa, HEADER, claims()),
        # r = s = 0 (CVE-2022-21449), and a signature that is too long
        f"{segment({'alg': 'ES256', 'kid': 'e1'})}.{payload}.{base64url.encode(bytes(64))}",
        f"{segment({'alg': 'ES256', 'kid': 'e1'})}.{payload}.{base64url.encode(ec_raw + b'0')}",
    ):
        with pytest.raises(IdTokenRejected, match="signature of the ID token is wrong"):
            verify(token, keys)


def test_a_token_has_one_spelling(rsa: RSAKey, keys: Keys) -> None:
    head, payload, signature = sign(rsa, HEADER, claims()).split(".")
    for token in (
        f"{head} .{payload}.{signature}",
        f"{head}.{payload[:9]}\n{payload[9:]}.{signature}",
        f"{head}=.{payload}.{signature}",
        f"{head}.{payload}.{signature}==",
        f"{head}.{payload}.{signature[:-1]}+",
        f"{head}.{payload}.{signature[:-1]}{'B' if signature[-1] != 'B' else 'C'}",
        f"{head}.{payload}.{signature}\u00fc",
        f" {head}.{payload}.{signature}",
    ):
        with pytest.raises(IdTokenRejected):
            verify(token, keys)


@pytest.mark.parametrize("token", ["", ".", "..", "." * 1_000_000, "a.b.c.d.e", "A" * 10_000_000])
def test_what_is_no_signed_token_costs_nothing(token: str, keys: Keys) -> None:
    with pytest.raises(IdTokenRejected):
        verify(token, keys)


def test_a_token_of_somebody_in_thousands_of_groups_is_read_and_a_larger_one_is_not(
    rsa: RSAKey, keys: Keys
) -> None:
    groups = [f"group-{number}" for number in range(5000)]
    assert verify(sign(rsa, HEADER, claims(groups=groups)), keys)["groups"] == groups
    with pytest.raises(IdTokenRejected, match="larger"):
        verify(sign(rsa, HEADER, claims(x="A" * MAX_ID_TOKEN)), keys)


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b'{"sub":"a","sub":"b"}',
        b'{"exp":NaN}',
        b'{"exp":1e999}',
        b'{"sub":"\\ud800"}',
        b'{"a":' + b"[" * 4000 + b"]" * 4000 + b"}",
    ],
)
def test_claims_that_two_readers_could_read_differently_are_refused(
    payload: bytes, rsa: RSAKey, keys: Keys
) -> None:
    with pytest.raises(IdTokenRejected, match="payload"):
        verify(sign(rsa, HEADER, payload), keys)


def test_a_duplicate_header_name_is_refused(keys: Keys) -> None:
    head = segment(b'{"alg":"RS256","kid":"k1","alg":"none"}')
    with pytest.raises(IdTokenRejected, match="header"):
        verify(f"{head}.{segment(claims())}.", keys)


def test_messages_never_quote_the_token(rsa: RSAKey, keys: Keys) -> None:
    for changes in ({"nonce": "canary"}, {"iss": "canary"}, {"azp": "canary"}, {"aud": "canary"}):
        with pytest.raises(IdTokenRejected) as caught:
            verify(sign(rsa, HEADER, claims(**changes)), keys)
        assert "canary" not in str(caught.value)


def test_the_signature_example_of_rfc_7515_a2_verifies() -> None:
    """The RS256 vector passes the signature; only its claims are not those of an ID token."""
    modulus = (
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4"
        "d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re"
        "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxX"
        "FvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    )
    token = (
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm"
        "NvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAu"
        "HIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vR"
        "K5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7n"
        "oOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    )
    keys = parse_keys(key_set({"kty": "RSA", "n": modulus, "e": "AQAB"}))
    with pytest.raises(IdTokenRejected, match="no audience"):
        verify(token, keys, issuer="joe", now=1300819300)


def test_a_refreshed_token_is_of_the_same_person() -> None:
    check_refreshed(claims(), "248289761001")
    with pytest.raises(IdTokenRejected, match="another subject"):
        check_refreshed(claims(sub="somebody-else"), "248289761001")


def test_a_json_array_payload_is_not_claims(rsa: RSAKey, keys: Keys) -> None:
    with pytest.raises(IdTokenRejected, match="not an object"):
        verify(sign(rsa, HEADER, json.dumps([claims()]).encode()), keys)
