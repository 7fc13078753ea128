"""Only a fresh logout token of the issuer, for us, that says who is meant, ends a session."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OctKey, RSAKey

from sidegate.core.errors import IdTokenRejected
from sidegate.core.ports import Logout
from sidegate.oidc.bearer_token import BearerPolicy, verify_bearer_token
from sidegate.oidc.jwks import parse_keys
from sidegate.oidc.jws import KeyNotFound
from sidegate.oidc.logout_token import (
    EVENT,
    LIVES,
    OLDEST,
    LogoutPolicy,
    logout_of,
    read_logout_token,
    verify_logout_token,
)
from sidegate.oidc.registered_claims import SKEW
from tests.unit.oidc.tokens import CLIENT_ID, ISSUER, NOW, claims, jwk, key_set, sign

HEADER = {"alg": "RS256", "kid": "k1", "typ": "logout+jwt"}
POLICY = LogoutPolicy(ISSUER, ("RS256",), frozenset({CLIENT_ID}))
GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": CLIENT_ID,
    "iat": NOW - 5,
    "exp": NOW + 115,
    "jti": "j1",
    "sub": "alice",
    "sid": "p1",
    "events": {EVENT: {}},
}
KEY = RSAKey.generate_key(2048)
KEYS = parse_keys(key_set(jwk(KEY, kid="k1")))


def judge(
    header: dict[str, Any] | None = None,
    *,
    policy: LogoutPolicy = POLICY,
    key: Any = KEY,
    now: float = NOW,
    alg: str = "",
    **changes: Any,
) -> Logout:
    """Verify a token with these changes; a change to None removes a claim."""
    kept = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    token = sign(key, {**HEADER, **(header or {})}, kept, alg)
    return logout_of("oidc", verify_logout_token(read_logout_token(token), KEYS, policy, now))


def test_a_good_token_says_who_signed_out_and_where() -> None:
    assert judge() == Logout("oidc", "j1", user="alice", session_id="p1")


@pytest.mark.parametrize(
    ("changes", "user", "session"), [({"sid": None}, "alice", ""), ({"sub": None}, "", "p1")]
)
def test_one_of_person_and_session_is_enough(
    changes: dict[str, Any], user: str, session: str
) -> None:
    assert judge(**changes) == Logout("oidc", "j1", user=user, session_id=session)


@pytest.mark.parametrize(
    "kind", ["logout+jwt", "application/logout+jwt", "LOGOUT+JWT", "JWT", "jwt"]
)
def test_the_types_that_providers_write_are_taken(kind: str) -> None:
    assert judge({"typ": kind}).user == "alice"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"iss": "https://attacker.example"}, "iss"),
        ({"iss": ISSUER + "/"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "x"}, "aud"),
        ({"aud": [CLIENT_ID, "x"]}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": None}, "audience"),
        ({"iat": None}, "iat"),
        ({"iat": "now"}, "iat"),
        ({"iat": True}, "iat"),
        ({"iat": NOW + 31}, "future"),
        ({"iat": NOW - 330}, "older"),
        ({"exp": NOW - 30}, "expired"),
        ({"exp": "never"}, "exp"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": 5}, "jti"),
        ({"jti": "j" * 256}, "jti"),
        ({"sub": None, "sid": None}, "neither"),
        ({"sub": ""}, "sub"),
        ({"sub": 5}, "sub"),
        ({"sub": "a\nb"}, "control"),
        ({"sid": ""}, "sid"),
        ({"sid": ["p1"]}, "sid"),
        ({"sid": "p" * 256}, "sid"),
        ({"events": None}, "events"),
        ({"events": {}}, "events"),
        ({"events": EVENT}, "events"),
        ({"events": [EVENT]}, "events"),
        ({"events": {EVENT: True}}, "events"),
        ({"events": {EVENT: []}}, "events"),
        ({"events": {"x": {}}}, "events"),
        ({"events": {EVENT.replace("http", "https"): {}}}, "events"),
        ({"nonce": "x"}, "nonce"),
        ({"nonce": ""}, "nonce"),
    ],
)
def test_whatever_is_wrong_is_refused_by_its_name(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(IdTokenRejected, match=named):
        judge(**changes)


def test_a_nonce_that_is_null_is_a_nonce() -> None:
    token = sign(KEY, HEADER, json.dumps(GOOD | {"nonce": None}).encode())
    with pytest.raises(IdTokenRejected, match="nonce"):
        verify_logout_token(read_logout_token(token), KEYS, POLICY, NOW)


@pytest.mark.parametrize("kind", ["at+jwt", "id+jwt", "secevent+jwt", "", 5])
def test_a_token_of_another_type_is_refused(kind: object) -> None:
    with pytest.raises(IdTokenRejected, match="typ"):
        judge({"typ": kind})


def test_a_provider_that_writes_no_end_is_judged_by_the_age() -> None:
    assert judge(exp=None).user == "alice"
    with pytest.raises(IdTokenRejected, match="older"):
        judge(exp=None, now=NOW + 326)


def test_a_token_is_remembered_for_as_long_as_it_is_accepted() -> None:
    issued = GOOD["iat"]
    first, last = issued - SKEW, issued + OLDEST + SKEW
    for now in (first, last - 1):
        assert judge(now=now, exp=None).user == "alice"
    for now in (first - 1, last):
        with pytest.raises(IdTokenRejected, match="iat"):
            judge(now=now, exp=None)
    assert last - first == LIVES


def test_a_token_that_ends_before_it_is_old_ends_then() -> None:
    assert judge(now=GOOD["exp"] + SKEW - 1).user == "alice"
    with pytest.raises(IdTokenRejected, match="exp"):
        judge(now=GOOD["exp"] + SKEW)


def test_further_events_and_claims_are_ignored() -> None:
    assert judge(events={EVENT: {"more": 1}, "x": {}}, more=1).user == "alice"


def test_an_id_token_is_no_logout_token() -> None:
    token = sign(KEY, {"alg": "RS256", "kid": "k1"}, claims())
    with pytest.raises(IdTokenRejected, match="events"):
        verify_logout_token(read_logout_token(token), KEYS, POLICY, NOW)


def test_a_logout_token_lets_nobody_in() -> None:
    policy = BearerPolicy(ISSUER, ("RS256",), frozenset({CLIENT_ID}), ("aud",), True, "")
    token = sign(KEY, {**HEADER, "typ": "JWT"}, GOOD)
    with pytest.raises(IdTokenRejected, match="event"):
        verify_bearer_token(read_logout_token(token), KEYS, policy, NOW)


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "RS512"}, {"crit": ["exp"]}])
def test_a_header_that_is_not_expected_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(IdTokenRejected):
        judge(header, alg="RS256")


def test_a_secret_that_both_sides_know_signs_nothing() -> None:
    with pytest.raises(IdTokenRejected, match="HS256"):
        judge({"alg": "HS256"}, key=OctKey.import_key("s3cret" * 8))


def test_another_key_is_refused_and_an_unknown_one_asked_for() -> None:
    with pytest.raises(IdTokenRejected, match="signature"):
        judge(key=RSAKey.generate_key(2048))
    with pytest.raises(KeyNotFound):
        judge({"kid": "k2"})


def test_keys_are_not_asked_for_a_token_that_is_not_for_us() -> None:
    with pytest.raises(IdTokenRejected, match="aud"):
        judge({"kid": "k2"}, aud="x")


def test_an_issuer_with_many_names_is_known_by_its_keys() -> None:
    assert judge(policy=replace(POLICY, issuer=None), iss="https://tenant.example").user == "alice"


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c.d", "x" * 20_000])
def test_what_is_no_signed_token_is_refused(token: str) -> None:
    with pytest.raises(IdTokenRejected):
        read_logout_token(token)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


@given(st.sampled_from([*GOOD, "nonce", "typ"]), JSON)
def test_whatever_a_claim_holds_there_is_a_verdict(name: str, value: object) -> None:
    token = sign(KEY, HEADER, json.dumps({**GOOD, name: value}).encode())
    with suppress(IdTokenRejected):
        found = verify_logout_token(read_logout_token(token), KEYS, POLICY, NOW)
        assert found["iss"] == ISSUER
