"""The userinfo answer."""

from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import IdTokenRejected, ProviderMisbehaved
from sidegate.core.ports import FetchResponse
from sidegate.oidc.jwks import parse_keys
from sidegate.oidc.userinfo import is_signed, parse_userinfo, verify_userinfo
from tests.unit.oidc.tokens import CLIENT_ID, ISSUER, NOW, jwk, key_set, sign

ABOUT = {"iss": ISSUER, "aud": CLIENT_ID, "sub": "s", "email": "a@example.com"}


def test_claims_of_the_same_subject_are_given() -> None:
    assert parse_userinfo(b'{"sub":"s","email":"a@example.com"}', "s")["email"] == "a@example.com"


@pytest.mark.parametrize("body", [b'{"sub":"other"}', b"{}", b'{"sub":["s"]}'])
def test_claims_of_another_subject_are_refused(body: bytes) -> None:
    with pytest.raises(IdTokenRejected, match="userinfo"):
        parse_userinfo(body, "s")


@pytest.mark.parametrize("body", [b"", b"eyJ.eyJ.sig", b'{"sub":"s","sub":"t"}'])
def test_anything_but_one_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ProviderMisbehaved, match="userinfo"):
        parse_userinfo(body, "s")


@pytest.mark.parametrize(
    ("kind", "signed"),
    [
        ("application/jwt", True),
        ("Application/JWT ; charset=utf-8", True),
        ("application/json", False),
        ("", False),
    ],
)
def test_the_media_type_tells_a_signed_answer(kind: str, *, signed: bool) -> None:
    assert is_signed(FetchResponse(200, {"content-type": kind}, b"")) is signed


def _verified(rsa: RSAKey, about: dict[str, Any], alg: str = "RS256") -> dict[str, Any]:
    return verify_userinfo(
        sign(rsa, {"alg": alg, "kid": "k"}, about, "RS256").encode(),
        keys=parse_keys(key_set(jwk(rsa, kid="k"))),
        algorithms=("RS256",),
        issuer=ISSUER,
        client_id=CLIENT_ID,
        now=NOW,
    )


def test_a_signed_answer_for_us_is_given(rsa: RSAKey) -> None:
    assert _verified(rsa, {**ABOUT, "aud": ["other", CLIENT_ID]})["email"] == "a@example.com"


@pytest.mark.parametrize(
    "wrong",
    [{"iss": "https://evil.example"}, {"aud": "other"}, {"aud": None}, {"exp": NOW - 31}],
)
def test_a_signed_answer_of_or_for_others_is_refused(wrong: dict[str, Any], rsa: RSAKey) -> None:
    with pytest.raises(IdTokenRejected, match="signed userinfo"):
        _verified(rsa, {**ABOUT, **wrong})


def test_a_signed_answer_with_another_algorithm_is_refused(rsa: RSAKey) -> None:
    with pytest.raises(IdTokenRejected, match="not allowed"):
        _verified(rsa, ABOUT, "none")
