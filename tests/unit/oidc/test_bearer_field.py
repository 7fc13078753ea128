"""Which tokens an Authorization field carries; `conformance/bearer.json` has more."""

import base64

import pytest

from sidegate.oidc.bearer_field import find_bearer, find_jwt, is_jwt

JWT = "eyJhbGciOi.eyJzdWIi.sig-_9"


def basic(pair: str) -> bytes:
    return b"Basic " + base64.b64encode(pair.encode())


@pytest.mark.parametrize(
    "field",
    [
        b"Bearer " + JWT.encode(),
        basic(f"{JWT}:"),
        basic(f"{JWT}:x-oauth-basic"),
        basic(f"alice:{JWT}"),
        basic(f":{JWT}"),
    ],
)
def test_a_jwt_comes_as_bearer_or_in_basic(field: bytes) -> None:
    assert find_jwt(field) == JWT


@pytest.mark.parametrize(
    "field",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"bearer " + JWT.encode(),
        b"Bearer\t" + JWT.encode(),
        b"Bearer " + JWT.encode() + b" x",
        b"Bearer " + JWT.encode() + b"\n",
        b"Bearer " + JWT.encode() + b", Bearer " + JWT.encode(),
        b"Bearer \xe9" + JWT.encode(),
        b"DPoP " + JWT.encode(),
        basic(f"{JWT}:password"),
        basic(JWT),
        basic(f"{JWT}:{JWT}"),
        basic("\u00e9:\u00e9"),
        b"Basic \xff\xff",
    ],
)
def test_nothing_else_carries_a_jwt(field: bytes) -> None:
    assert find_jwt(field) is None


@pytest.mark.parametrize("token", ["abc", JWT, "a+b/c~d-e_f.g==", "A" * 16384])
def test_a_bearer_token_may_have_any_form_of_the_standard(token: str) -> None:
    assert find_bearer(b"Bearer " + token.encode()) == token


@pytest.mark.parametrize(
    "field",
    [
        b"Bearer ",
        b"Bearer a b",
        b"Bearer a,b",
        b"Bearer =",
        b"Bearer \xe9",
        b"Token abc",
        b"Basic YQ==",
        b"Bearer " + b"A" * 16385,
    ],
)
def test_what_is_no_bearer_token_is_not_asked_about(field: bytes) -> None:
    assert find_bearer(field) is None


def test_a_jwt_is_known_by_its_look() -> None:
    assert is_jwt(JWT)
    assert not is_jwt("opaque")
    assert not is_jwt("ey.ey.\u00e9")
