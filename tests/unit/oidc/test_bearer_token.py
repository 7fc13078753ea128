"""A token that a client brings is genuine, for us, for now, and meant for this."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OctKey, RSAKey

from sidegate.core.errors import IdTokenRejected
from sidegate.oidc import base64url
from sidegate.oidc.bearer_token import (
    BearerPolicy,
    claimed_issuer,
    read_bearer_token,
    verify_bearer_token,
)
from sidegate.oidc.jwks import parse_keys
from sidegate.oidc.jws import KeyNotFound
from tests.unit.oidc.tokens import CLIENT_ID, ISSUER, NOW, claims, jwk, key_set, segment, sign

HEADER = {"alg": "RS256", "kid": "k1", "typ": "JWT"}
JWKS = ISSUER + "/certs"
POLICY = BearerPolicy(
    issuer=ISSUER,
    algorithms=("RS256",),
    audiences=frozenset({CLIENT_ID, "api"}),
    audience_claims=("aud",),
    is_client=True,
    jwks_uri=JWKS,
)
FOREIGN = replace(POLICY, is_client=False)
KEY = RSAKey.generate_key(2048)


class Judge:
    """Signs with the issuer's key and verifies with the issuer's set."""

    def __init__(self, rsa: RSAKey) -> None:
        self.rsa = rsa
        self.keys = parse_keys(key_set(jwk(rsa, kid="k1")))

    def __call__(
        self, header: dict[str, Any] | None = None, policy: BearerPolicy = POLICY, **changes: Any
    ) -> dict[str, Any]:
        return self.read(sign(self.rsa, HEADER | (header or {}), claims(**changes)), policy)

    def read(self, token: str, policy: BearerPolicy = POLICY) -> dict[str, Any]:
        return verify_bearer_token(read_bearer_token(token), self.keys, policy, NOW)


@pytest.fixture
def judge(rsa: RSAKey) -> Judge:
    return Judge(rsa)


def test_an_id_token_of_ours_is_accepted(judge: Judge) -> None:
    assert judge()["email"] == "alice@example.com"
    assert judge(azp=CLIENT_ID, aud=[CLIENT_ID, "api"])["sub"]


@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt", "jwt"])
def test_a_token_of_a_known_type_is_accepted(judge: Judge, kind: str) -> None:
    assert judge({"typ": kind})["sub"]


def test_a_token_without_a_type_is_accepted(judge: Judge, rsa: RSAKey) -> None:
    assert judge.read(sign(rsa, {"alg": "RS256", "kid": "k1"}, claims()))["sub"]


@pytest.mark.parametrize(
    "kind",
    [
        *("logout+jwt", "secevent+jwt", "dpop+jwt", "token-introspection+jwt"),
        *("oauth-authz-req+jwt", "", None, 7, ["JWT"]),
    ],
)
def test_a_token_of_another_type_is_refused(judge: Judge, kind: Any) -> None:
    with pytest.raises(IdTokenRejected, match="typ"):
        judge({"typ": kind})


@pytest.mark.parametrize(
    "other",
    [
        {"events": {}},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
        {"cnf": {"jkt": "x"}},
        {"typ": "Refresh"},
        {"typ": "Offline"},
        {"typ": "Logout"},
    ],
)
def test_a_token_for_another_purpose_is_refused(judge: Judge, other: dict[str, Any]) -> None:
    for policy in (POLICY, FOREIGN):
        with pytest.raises(IdTokenRejected):
            judge(None, policy, **other)


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://other.example"},
        {"iss": ISSUER + "/"},
        {"aud": "other"},
        {"aud": CLIENT_ID.upper()},
        {"aud": []},
        {"aud": None},
        {"exp": NOW - 30},
        {"exp": None},
        {"iat": NOW + 31},
        {"nbf": NOW + 31},
        {"sub": None},
        {"sub": ""},
    ],
)
def test_one_wrong_claim_is_enough(judge: Judge, wrong: dict[str, Any]) -> None:
    for policy in (POLICY, FOREIGN):
        for kind in ("JWT", "at+jwt"):
            with pytest.raises(IdTokenRejected):
                judge({"typ": kind}, policy, **wrong)


def test_a_clock_may_differ_by_half_a_minute(judge: Judge) -> None:
    assert judge(exp=NOW - 29, iat=NOW + 29)["sub"]


# An ID token is its client's alone, an access token is made to be shown


@pytest.mark.parametrize("theirs", [{"azp": "app"}, {"aud": [CLIENT_ID, "app"]}, {"azp": ["gate"]}])
def test_an_id_token_of_another_client_is_refused(judge: Judge, theirs: dict[str, Any]) -> None:
    with pytest.raises(IdTokenRejected):
        judge(**theirs)
    with pytest.raises(IdTokenRejected):
        judge(**theirs, typ="ID")


@pytest.mark.parametrize(
    ("header", "mark"),
    [
        ({"typ": "at+jwt"}, {}),
        ({}, {"typ": "Bearer"}),
        ({}, {"scope": "read"}),
        ({}, {"scp": ["read"]}),
        ({}, {"token_use": "access"}),
    ],
)
def test_an_access_token_for_us_may_come_from_any_client(
    judge: Judge, header: dict[str, Any], mark: dict[str, Any]
) -> None:
    assert judge(header, azp="cli", aud=["account", CLIENT_ID], **mark)["azp"] == "cli"
    with pytest.raises(IdTokenRejected, match="aud"):
        judge(header, azp="cli", aud=["account"], **mark)


def test_a_trusted_audience_may_have_asked_for_the_id_token(judge: Judge) -> None:
    assert judge(azp="api")["sub"]


def test_an_issuer_without_clients_of_ours_is_judged_by_audience(judge: Judge) -> None:
    assert judge(None, FOREIGN, aud=["api", "other"], azp="robot")["azp"] == "robot"


def test_another_claim_may_hold_the_audience(judge: Judge) -> None:
    policy = replace(POLICY, audience_claims=("client_id", "aud"))
    assert judge(None, policy, client_id="api", aud="x")["sub"]
    with pytest.raises(IdTokenRejected, match="client_id"):
        judge(None, policy, client_id="x", aud="api")


# Keys


@pytest.mark.parametrize(
    "hint",
    [
        {"jku": "https://attacker.example"},
        {"jku": 7},
        {"x5u": "https://attacker.example/c.pem"},
        {"x5c": ["MII"]},
        {"jwk": {"kty": "RSA"}},
    ],
)
def test_a_token_that_brings_a_key_is_refused_even_when_it_is_genuine(
    judge: Judge, hint: dict[str, Any]
) -> None:
    with pytest.raises(IdTokenRejected, match="brings its own key"):
        judge(hint)


def test_a_token_may_say_where_its_issuer_has_its_keys_anyway(judge: Judge) -> None:
    assert judge({"jku": JWKS})["sub"]


@pytest.mark.parametrize("extra", [{"crit": ["x"], "x": 1}, {"zip": "DEF"}, {"b64": False}])
def test_an_extension_is_refused(judge: Judge, extra: dict[str, Any]) -> None:
    with pytest.raises(IdTokenRejected, match="parameter"):
        judge(extra)


def test_only_the_issuers_keys_and_algorithms_count(judge: Judge, other_rsa: RSAKey) -> None:
    with pytest.raises(IdTokenRejected, match="signature"):
        judge.read(sign(other_rsa, HEADER, claims()))
    with pytest.raises(KeyNotFound):
        judge({"kid": "k9"})
    with pytest.raises(IdTokenRejected, match="not allowed here"):
        judge.read(f"{segment(HEADER | {'alg': 'none'})}.{segment(claims())}.AA")
    hmac = sign(OctKey.import_key(b"k" * 32), HEADER | {"alg": "HS256"}, claims())
    with pytest.raises(IdTokenRejected, match="not allowed here"):
        judge.read(hmac)


def test_a_token_larger_than_16_kib_is_not_looked_at(judge: Judge) -> None:
    with pytest.raises(IdTokenRejected, match="larger"):
        judge(padding="x" * 16384)


def test_the_issuer_a_token_names_is_text(rsa: RSAKey) -> None:
    assert claimed_issuer(read_bearer_token(sign(rsa, HEADER, claims()))) == ISSUER
    for issuer in (None, [ISSUER], 7):
        with pytest.raises(IdTokenRejected, match="iss"):
            claimed_issuer(read_bearer_token(sign(rsa, HEADER, claims(iss=issuer))))


@given(st.text() | st.lists(st.binary().map(base64url.encode), max_size=4).map(".".join))
def test_nothing_but_our_refusal_comes_out_of_what_is_no_token(text: str) -> None:
    with pytest.raises(IdTokenRejected):
        verify_bearer_token(read_bearer_token(text), (), POLICY, NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(name=st.sampled_from(["iss", "aud", "azp", "exp", "iat", "nbf", "sub", "typ"]), value=JSON)
def test_a_claim_of_any_kind_is_accepted_or_refused(name: str, value: Any) -> None:
    text = sign(KEY, HEADER, json.dumps(claims(**{name: value})).encode())
    with suppress(IdTokenRejected):
        keys = parse_keys(key_set(jwk(KEY, kid="k1")))
        found = verify_bearer_token(read_bearer_token(text), keys, POLICY, NOW)
        assert found["iss"] == ISSUER
        assert "gate" in found["aud"] or "api" in found["aud"]


@given(name=st.sampled_from(["alg", "kid", "typ", "jku", "x5u", "cty"]), value=JSON)
def test_a_header_of_any_kind_is_accepted_or_refused(name: str, value: Any) -> None:
    header = {**HEADER, name: value}
    keys = parse_keys(key_set(jwk(KEY, kid="k1")))
    text = sign(KEY, header, claims(), alg="RS256")
    with suppress(IdTokenRejected):
        verify_bearer_token(read_bearer_token(text), keys, POLICY, NOW)
