"""ID tokens: forged in the bytes, in the header, in the claims.

- Whatever a token is, it gives its claims or IdTokenRejected; nothing else comes out.
- Of all texts near a genuine token, only the genuine one passes.
- A header passes only with an allowed algorithm and a signature of the provider's key of that
  kind: no `none`, no public key taken for a shared secret, no key that the token brings along.
- Claims pass only when an independent reading of OpenID Connect Core 3.1.3.7 finds them good.
- The same holds for access tokens that are no token at all, and for key sets from a stranger.
"""

import hashlib
import hmac
import json
from functools import cache
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey, RSAKey

from sidegate.core.errors import IdTokenRejected, SidegateError
from sidegate.oidc import base64url
from sidegate.oidc.id_token import verify_id_token
from sidegate.oidc.jwks import VerificationKey, parse_keys
from sidegate.oidc.strict_json import JsonRejected, parse_object
from tests.fuzz.budget import fuzzed
from tests.fuzz.mutations import mutated
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

ALGORITHMS = ("RS256", "EdDSA")
ACCESS_TOKEN = "access"
SKEW = 30


@cache
def rsa() -> RSAKey:
    return RSAKey.generate_key(2048)


@cache
def ed25519() -> OKPKey:
    return OKPKey.generate_key("Ed25519")


@cache
def keys() -> tuple[VerificationKey, ...]:
    return parse_keys(key_set(jwk(rsa(), kid="k1"), jwk(ed25519(), kid="d1")))


@cache
def genuine() -> tuple[str, ...]:
    return (
        sign(ed25519(), {"alg": "EdDSA", "kid": "d1"}, claims()),
        sign(rsa(), {"alg": "RS256", "kid": "k1"}, claims(sub="other")),
    )


def verify(token: str, **changes: Any) -> dict[str, Any] | None:
    """Return the claims, or None when the token is rejected; whatever else comes out is raised."""
    arguments: dict[str, Any] = {
        "keys": keys(),
        "issuer": ISSUER,
        "client_id": CLIENT_ID,
        "audiences": ("second",),
        "audience_claims": ("aud",),
        "algorithms": ALGORITHMS,
        "nonce": NONCE,
        "access_token": ACCESS_TOKEN,
        "now": NOW,
        "skew": SKEW,
    }
    try:
        return verify_id_token(token, **{**arguments, **changes})
    except IdTokenRejected:
        return None


WORDS = [b".", b"..", b"=", b"A", b"-", b"_", b"+", b"/", b" ", b"\n", b"\0", b"eyJ", b"\xff"]


@fuzzed(400)
@given(data=st.data())
def test_only_the_genuine_text_passes(data: st.DataObject) -> None:
    originals = [token.encode() for token in genuine()]
    text = data.draw(mutated(originals, WORDS, [b"."])).decode("latin-1")
    assert (verify(text) is not None) == (text in genuine())


TEXTS = st.sampled_from(["", "k1", "d1", "../k1", "k1\0", "' OR 1=1", "none", "\u212a1"])
HEADERS = st.fixed_dictionaries(
    {"alg": st.sampled_from([*ALGORITHMS, "none", "None", "nOnE", "HS256", "ES256", "", "rs256"])},
    optional={
        "kid": TEXTS | st.none() | st.integers() | st.lists(TEXTS, max_size=2),
        "typ": TEXTS | st.just("JWT"),
        "jwk": st.just("own"),
        "jku": st.just("https://evil.test/keys"),
        "x5u": st.just("file:///etc/passwd"),
        "x5c": st.just(["MIIB"]),
        "crit": st.just(["exp"]) | st.just([]),
        "b64": st.booleans(),
        "zip": st.just("DEF"),
        "enc": st.just("A256GCM"),
        "ALG": st.just("EdDSA"),
    },
)
SIGNERS = ["RS256", "EdDSA", "HS256 by the public key", "HS256 by nothing", "none", "of another"]


def signed(header: dict[str, Any], payload: bytes, signer: str) -> str:
    """Return a token whose signature is made in one of these ways, whatever its header says."""
    if header.get("jwk") == "own":
        header = {**header, "jwk": jwk(ed25519())}
    if signer in ALGORITHMS:
        return sign(rsa() if signer == "RS256" else ed25519(), header, payload, signer)
    text = f"{segment(header)}.{segment(payload)}"
    if signer == "of another":
        other = sign(ed25519(), header, b"{}", "EdDSA")
        return f"{text}.{other.rpartition('.')[2]}"
    if signer == "none":
        return f"{text}."
    secret = b"" if signer == "HS256 by nothing" else rsa().as_pem(private=False)
    return f"{text}.{base64url.encode(hmac.digest(secret, text.encode(), hashlib.sha256))}"


@fuzzed(400)
@given(header=HEADERS, signer=st.sampled_from(SIGNERS))
@example(header={"alg": "HS256", "kid": "k1"}, signer="HS256 by the public key")
@example(header={"alg": "none"}, signer="none")
def test_a_header_passes_only_with_the_providers_own_signature(
    header: dict[str, Any], signer: str
) -> None:
    if verify(signed(header, json.dumps(claims()).encode(), signer)) is None:
        return
    assert header["alg"] == signer
    assert not {"jwk", "crit", "b64", "zip", "enc", "ALG"} & header.keys()
    assert header.get("kid") in (None, {"RS256": "k1", "EdDSA": "d1"}[signer])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
TIMES = st.sampled_from([-1, 0, SKEW - 1, SKEW, SKEW + 1, 300, 1e9, -1e9]).map(lambda d: NOW + d)
NAMES = st.sampled_from([CLIENT_ID, "second", "other", "", CLIENT_ID + "\0", CLIENT_ID.upper()])
CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "iss": st.sampled_from([ISSUER, ISSUER + "/", ISSUER.upper(), [ISSUER]]) | JSON,
        "aud": NAMES | st.lists(NAMES, max_size=3) | JSON,
        "azp": NAMES | JSON,
        "exp": TIMES | JSON,
        "iat": TIMES | JSON,
        "nbf": TIMES | JSON,
        "sub": st.sampled_from(["x" * 255, "x" * 256, "a\nb", "\x85", "é"]) | JSON,
        "nonce": st.sampled_from([NONCE, NONCE + "\0", NONCE.lower(), NONCE[:-1]]) | JSON,
        "at_hash": st.sampled_from(["", "AAAA"]) | JSON,
    },
)


def are_good(given: dict[str, Any]) -> bool:
    """Say whether claims may be believed, read anew from the standard."""
    named = given.get("aud")
    named = [named] if isinstance(named, str) else named
    subject = given.get("sub")
    times = [given.get("exp"), given.get("iat"), given.get("nbf", 0)]
    return bool(
        given.get("iss") == ISSUER
        and isinstance(named, list)
        and named
        and all(isinstance(name, str) and name in (CLIENT_ID, "second") for name in named)
        and given.get("azp", CLIENT_ID if len(set(named)) == 1 else None) == CLIENT_ID
        and all(type(at) in (int, float) for at in times)
        and times[0] > NOW - SKEW
        and times[1] <= NOW + SKEW
        and times[2] <= NOW + SKEW
        and isinstance(subject, str)
        and 0 < len(subject) < 256
        and subject.isprintable()
        and given.get("nonce") == NONCE
        and "at_hash" not in given
    )


@fuzzed(700)
@given(changes=CLAIMS)
@example(changes={"exp": True})
@example(changes={"aud": [CLIENT_ID, "second"]})
def test_claims_pass_only_when_they_are_good(changes: dict[str, Any]) -> None:
    offered = {**claims(), **changes}
    token = sign(ed25519(), {"alg": "EdDSA", "kid": "d1"}, json.dumps(offered).encode())
    believed = verify(token)
    if believed is not None:
        assert are_good(believed), believed


ED25519 = (
    b'{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIuaaU4Bhc"}'
)
DOCUMENTS = [
    b'{"keys":[%b]}' % ED25519,
    b'{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","alg":"RS256","use":"sig","key_ops":["verify"]}]}',
    b'{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{"kty":"oct","k":"AA"},{}]}',
    b'{"a":[1,1.5e300,true,null,"\\ud83d\\ude00",{"b":{}}],"c":"d"}',
]
JSON_WORDS = [b"{", b"}", b"[", b"]", b'"', b",", b":", b"null", b"NaN", b"1e999", b"-", b"\\ud800"]
JSON_WORDS += [
    b"[" * 100,
    b'{"a":' * 70,
    b'"kty":"RSA",',
    b'"kid":["a"],',
    b"9" * 5000,
    b"\xff",
    b"\0",
]


@fuzzed(600)
@given(raw=mutated(DOCUMENTS, JSON_WORDS, [b"{}"]) | st.binary(max_size=40))
def test_json_of_a_stranger_is_an_object_or_our_error(raw: bytes) -> None:
    try:
        found = parse_object(raw)
    except JsonRejected:
        return
    assert json.loads(raw) == found
    json.dumps(found, ensure_ascii=False, allow_nan=False).encode()


@fuzzed(400)
@given(raw=mutated(DOCUMENTS, JSON_WORDS, [b"{}"]))
def test_a_key_set_of_a_stranger_is_keys_or_our_error(raw: bytes) -> None:
    try:
        found = parse_keys(raw)
    except SidegateError:
        return
    assert all(isinstance(key, VerificationKey) for key in found)
