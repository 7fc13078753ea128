"""Identity tokens: signed with a key of the day, verified by anybody who reads the key set."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.secret import Secret
from sidegate.oidc.identity_token import DAY, IdentityTokens, key_for

NOW = 1_700_000_000.0
ALICE = Identity(
    "u-1",
    "alice@example.com",
    groups=("staff", "a,b"),
    claims=MappingProxyType({"department": ("R&D",), "iss": ("evil",), "exp": ("9",)}),
)
SESSION = Session(
    id="s",
    provider="oidc",
    identity=ALICE,
    tokens=Tokens(Secret("canary-at")),
    created_at=NOW - 60,
    refreshed_at=NOW,
    ends_at=NOW + 3600,
)
SEEDS = [Secret(b"1" * 32), Secret(b"2" * 32)]


def tokens(first: int = 0) -> IdentityTokens:
    made = IdentityTokens("https://gate.example/oauth2", 120.0)
    made.take(first, SEEDS)
    return made


def read(token: str, keys: IdentityTokens, now: float = NOW) -> jwt.Token:
    return jwt.decode(token, KeySet.import_key_set(keys.key_set(now)), algorithms=["ES256"])


def test_a_token_says_who_it_is_for_whom_and_how_long() -> None:
    token = tokens().token(SESSION, "https://app.example", NOW)
    found = read(token, tokens())
    assert found.header["alg"] == "ES256"
    assert found.claims == {
        "iss": "https://gate.example/oauth2",
        "aud": "https://app.example",
        "sub": "u-1",
        "email": "alice@example.com",
        "groups": ["staff", "a,b"],
        "idp": "oidc",
        "department": ["R&D"],
        "iat": int(NOW),
        "exp": int(NOW) + 120,
        "auth_time": int(NOW) - 60,
    }
    assert "canary" not in token


def test_a_token_does_not_outlive_the_session() -> None:
    ending = replace(SESSION, ends_at=NOW + 5)
    assert read(tokens().token(ending, "a", NOW), tokens()).claims["exp"] == int(NOW) + 5


def test_replicas_with_the_same_secrets_sign_alike_and_read_each_other() -> None:
    one, other = tokens(), tokens(first=1)
    assert one.key_set(NOW) == tokens().key_set(NOW)
    for signer in (one, other):
        assert read(signer.token(SESSION, "a", NOW), one).claims["sub"] == "u-1"


def test_a_key_is_published_a_day_before_and_a_day_after_and_then_no_more() -> None:
    token = tokens().token(SESSION, "a", NOW)
    for days in (-1, 0, 1):
        assert read(token, tokens(), NOW + days * DAY).claims["sub"] == "u-1"
    for days in (-2, 2):
        with pytest.raises((JoseError, ValueError)):
            read(token, tokens(), NOW + days * DAY)


def test_a_secret_that_is_gone_verifies_nothing_more() -> None:
    made = tokens()
    token = made.token(SESSION, "a", NOW)
    made.take(0, SEEDS[1:])
    with pytest.raises((JoseError, ValueError)):
        read(token, made)


def test_the_key_set_holds_no_private_part_and_each_key_once() -> None:
    keys = tokens().key_set(NOW)["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) == 6
    assert all(set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"} for key in keys)


def test_a_long_running_gate_keeps_few_keys() -> None:
    made = tokens()
    for day in range(30):
        made.key_set(NOW + day * DAY)
        made.token(SESSION, "a", NOW + day * DAY)
    assert len(made._keys) <= 10


def test_a_seed_gives_another_key_each_day() -> None:
    seed, today = SEEDS[0], 19_000
    assert key_for(seed, today).key_id == key_for(seed, today).key_id
    assert key_for(seed, today).key_id != key_for(seed, today + 1).key_id
    assert key_for(seed, today).key_id != key_for(SEEDS[1], today).key_id
