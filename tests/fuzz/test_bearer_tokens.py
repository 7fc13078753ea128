"""Tokens that clients bring, and what a provider says of opaque ones.

- Whatever stands in Authorization, a token is found in it or none.
- A JWT gives claims or IdTokenRejected; it gives claims only with the issuer's own signature, for
  one of our audiences, for now, of a kind that is meant to be shown, and never to a foreign client.
- The answer of an introspection gives claims, IdTokenRejected or ProviderError; claims only of a
  token that is active, for us and for now.
"""

import base64
import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from sidegate.core.errors import IdTokenRejected, ProviderError
from sidegate.core.ports import FetchResponse
from sidegate.oidc.bearer_field import find_bearer, find_jwt, is_jwt
from sidegate.oidc.bearer_token import (
    BearerPolicy,
    claimed_issuer,
    read_bearer_token,
    verify_bearer_token,
)
from sidegate.oidc.introspection import parse_introspection
from tests.fuzz.budget import fuzzed
from tests.fuzz.mutations import mutated
from tests.fuzz.test_id_tokens import (
    ALGORITHMS,
    CLAIMS,
    HEADERS,
    JSON,
    JSON_WORDS,
    SIGNERS,
    SKEW,
    genuine,
    keys,
    signed,
)
from tests.unit.oidc.tokens import CLIENT_ID, ISSUER, NOW, claims

OURS = frozenset({CLIENT_ID, "second"})
POLICY = BearerPolicy(ISSUER, ALGORITHMS, OURS, ("aud",), True, ISSUER + "/keys")
PURPOSES = st.fixed_dictionaries(
    {},
    optional={
        "typ": st.sampled_from(["ID", "Bearer", "Refresh", "Logout", "Offline"]) | JSON,
        "events": JSON,
        "cnf": JSON,
        "scope": JSON,
        "token_use": st.sampled_from(["access", "id"]) | JSON,
    },
)
TYPES = st.sampled_from(
    [{}, {}, {"typ": "JWT"}, {"typ": "at+jwt"}, {"typ": "logout+jwt"}, {"typ": 1}]
)
FIELD_WORDS = [
    b"Bearer ",
    b"Basic ",
    b"bearer ",
    b" ",
    b".",
    b"=",
    b"ey",
    b"\xff",
    b"\t",
    b",",
    b":",
]


@fuzzed(400)
@given(data=st.data())
def test_a_token_is_found_in_a_field_or_none(data: st.DataObject) -> None:
    token = genuine()[0].encode()
    pair = base64.b64encode(b"x:" + token)
    fields = [b"Bearer " + token, b"Basic " + pair, b"Basic YTpi", b"Bearer opaque-1"]
    field = data.draw(mutated(fields, FIELD_WORDS, [b"x"]))
    jwt, bearer = find_jwt(field), find_bearer(field)
    assert jwt is None or is_jwt(jwt)
    assert bearer is None or field == b"Bearer " + bearer.encode()


@fuzzed(600)
@given(
    changes=CLAIMS,
    purpose=PURPOSES,
    header=st.just({"alg": "EdDSA", "kid": "d1"}) | HEADERS,
    kind=TYPES,
    signer=st.just("EdDSA") | st.sampled_from(SIGNERS),
)
@example(changes={"aud": "other"}, purpose={}, header={"alg": "EdDSA"}, kind={}, signer="EdDSA")
@example(changes={}, purpose={"events": {}}, header={"alg": "EdDSA"}, kind={}, signer="EdDSA")
def test_a_token_that_a_client_brings_is_ours_and_meant_for_this(
    changes: dict[str, Any],
    purpose: dict[str, Any],
    header: dict[str, Any],
    kind: dict[str, Any],
    signer: str,
) -> None:
    offered = {**claims(), **changes, **purpose}
    token = signed({**header, **kind}, json.dumps(offered).encode(), signer)
    try:
        jws = read_bearer_token(token)
        claimed_issuer(jws)
        believed = verify_bearer_token(jws, keys(), POLICY, NOW)
    except IdTokenRejected:
        return
    assert header["alg"] == signer
    assert not {"jwk", "x5u", "x5c", "jku", "crit"} & header.keys()
    assert believed["iss"] == ISSUER
    named = believed["aud"] if isinstance(believed["aud"], list) else [believed["aud"]]
    assert OURS.intersection(named)
    assert not {"events", "cnf"} & believed.keys()
    assert believed.get("typ") not in ("Refresh", "Logout", "Offline")
    assert is_now(believed)
    assert isinstance(believed["sub"], str)
    assert believed["sub"]
    if kind.get("typ") != "at+jwt" and set(purpose) <= {"typ"} and purpose.get("typ") != "Bearer":
        assert OURS.issuperset(named)
        assert believed.get("azp", CLIENT_ID) in OURS


def is_now(believed: dict[str, Any]) -> bool:
    times = [believed["exp"], believed["iat"], believed.get("nbf", 0)]
    return bool(times[0] > NOW - SKEW and max(times[1:]) <= NOW + SKEW)


ANSWERS = [
    json.dumps({"active": True, "sub": "s", "aud": CLIENT_ID, "exp": NOW + 60}).encode(),
    json.dumps({"active": True, "client_id": CLIENT_ID, "token_type": "Bearer"}).encode(),
    json.dumps({"active": True, "aud": ["x", "second"], "sub": "s", "typ": "Bearer"}).encode(),
    b'{"active":false}',
]
ANSWER_WORDS = [
    *JSON_WORDS,
    b"true",
    b"false",
    b'"true"',
    b"1",
    b'"cnf":{},',
    b'"aud":[],',
    b"[[]]",
]


@fuzzed(600)
@given(
    raw=mutated(ANSWERS, ANSWER_WORDS, [b"{}"]),
    status=st.sampled_from([200, 200, 200, 200, 302, 401, 429, 500]),
)
def test_an_opaque_token_is_active_and_ours_or_refused(raw: bytes, status: int) -> None:
    answer = FetchResponse(status, {}, raw)
    try:
        believed = parse_introspection(answer, issuer=ISSUER, audiences=OURS, now=NOW)
    except (IdTokenRejected, ProviderError):
        return
    told = json.loads(raw)
    assert status == 200
    assert told["active"] is True
    assert told.get("exp", NOW) + SKEW > NOW
    named = told.get("aud", told.get("client_id"))
    assert OURS.intersection([named] if isinstance(named, str) else named)
    assert isinstance(believed["sub"], str)
    assert believed["sub"]
