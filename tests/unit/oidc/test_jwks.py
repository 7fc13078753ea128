"""Keys of the provider."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from sidegate.core.errors import ProviderMisbehaved
from sidegate.oidc.jwks import LONGEST_AGE, are_over, are_stale, choose, may_ask_again, parse_keys
from tests.unit.oidc.tokens import jwk, key_set


def test_usable_keys_of_each_kind_are_taken(rsa: RSAKey, ec: ECKey, ed25519: OKPKey) -> None:
    keys = parse_keys(key_set(jwk(rsa, use="sig"), jwk(ec), jwk(ed25519, key_ops=["verify"])))
    assert [key.kind for key in keys] == ["RSA", "P-256", "Ed25519"]


def test_what_cannot_verify_is_left_out_and_spoils_nothing(rsa: RSAKey, ec: ECKey) -> None:
    small: dict[str, Any] = {"kty": "RSA", "n": "u" * 170 + "w", "e": "AQAB"}
    useless: list[Any] = [
        jwk(rsa, use="enc"),
        jwk(rsa, key_ops=["encrypt"]),
        {**jwk(rsa), "key_ops": "verify"},
        jwk(rsa, kid=7),
        jwk(rsa, alg=["RS256"]),
        jwk(rsa, n=5),
        {"kty": "RSA"},
        small,
        OctKey.generate_key(256).as_dict(private=True),
        jwk(ECKey.generate_key("secp256k1")),
        jwk(OKPKey.generate_key("X25519")),
        jwk(ec, x="AAAA"),
        jwk(ec, y=jwk(ec)["x"]),
        {"kty": "AKP", "pub": "x"},
        {"kty": ["RSA"]},
        {},
        "text",
        None,
    ]
    assert len(parse_keys(key_set(*useless, jwk(rsa)))) == 1
    with pytest.raises(ProviderMisbehaved, match="no key in it"):
        parse_keys(key_set(*useless))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"keys":{}}', b'{"keys":[]}', b"<html>"])
def test_a_set_without_keys_is_refused(data: bytes) -> None:
    with pytest.raises(ProviderMisbehaved, match="key set"):
        parse_keys(data)


def test_a_private_key_in_the_set_is_read_as_its_public_half(rsa: RSAKey) -> None:
    (key,) = parse_keys(key_set({**rsa.as_dict(private=True)}))
    assert not hasattr(key.public, "private_numbers")


def test_keys_are_chosen_by_id_kind_and_algorithm(rsa: RSAKey, ec: ECKey) -> None:
    keys = parse_keys(
        key_set(jwk(rsa, kid="a"), jwk(rsa, kid="b", alg="RS512"), jwk(ec, kid="a", alg="ES256"))
    )
    assert choose(keys, "a", "RS256") == [keys[0]]
    assert choose(keys, "a", "ES256") == [keys[2]]
    assert choose(keys, None, "RS512") == [keys[0], keys[1]]
    assert choose(keys, "b", "RS256") == choose(keys, "c", "RS256") == []
    assert choose(keys, None, "HS256") == choose(keys, None, "none") == []


@pytest.mark.parametrize("name", ["EdDSA", "Ed25519"])
def test_both_names_of_ed25519_are_for_its_keys_and_no_others(
    rsa: RSAKey, ed25519: OKPKey, name: str
) -> None:
    keys = parse_keys(key_set(jwk(rsa, alg=name), jwk(ed25519, alg=name)))
    assert choose(keys, None, "EdDSA") == choose(keys, None, "Ed25519") == [keys[1]]
    assert choose(keys, None, "RS256") == []
    (rs512,) = parse_keys(key_set(jwk(rsa, alg="RS512")))
    (es256,) = parse_keys(key_set(jwk(ed25519, alg="ES256")))
    assert choose((rs512, es256), None, "RS256") == choose((rs512, es256), None, "EdDSA") == []


def test_an_unknown_key_is_asked_for_once_per_cool_down() -> None:
    assert may_ask_again(100.0, None)
    assert not may_ask_again(105.0, 100.0)
    assert may_ask_again(110.0, 100.0)
    assert may_ask_again(50.0, 100.0), "a clock that went back must not block for ever"


def test_keys_are_stale_after_an_hour() -> None:
    assert not are_stale(3599.0, 0.0)
    assert are_stale(3600.0, 0.0)


def test_keys_that_nobody_renews_are_over_when_their_time_has_come() -> None:
    assert not are_over(LONGEST_AGE, 1.0)
    assert are_over(LONGEST_AGE + 1.0, 1.0)
