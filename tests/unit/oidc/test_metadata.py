"""The discovery document."""

import json
from typing import Any

import pytest

from sidegate.core.errors import ProviderMisbehaved
from sidegate.oidc.metadata import discovery_url, parse_key_address, parse_metadata

ISSUER = "https://idp.example/realms/a"


def document(**changes: Any) -> bytes:
    good = {
        "issuer": ISSUER,
        "authorization_endpoint": ISSUER + "/auth",
        "token_endpoint": ISSUER + "/token",
        "jwks_uri": ISSUER + "/certs",
    }
    return json.dumps({k: v for k, v in {**good, **changes}.items() if v is not None}).encode()


def test_the_document_stands_under_the_issuer() -> None:
    assert (
        discovery_url("https://a.example") == "https://a.example/.well-known/openid-configuration"
    )
    assert discovery_url("https://a.example/").count("//") == 1


def test_a_short_document_gets_the_defaults_of_the_standard() -> None:
    metadata = parse_metadata(document(), ISSUER)
    assert metadata.token_endpoint == ISSUER + "/token"
    assert metadata.userinfo_endpoint == metadata.end_session_endpoint == ""
    assert metadata.id_token_signing_alg_values_supported == ("RS256",)
    assert metadata.token_endpoint_auth_methods_supported == ("client_secret_basic",)
    assert not metadata.authorization_response_iss_parameter_supported


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"issuer": ISSUER + "/"}, "last character"),
        ({"issuer": ISSUER.upper()}, "last character"),
        ({"issuer": None}, "issuer"),
        ({"issuer": [ISSUER]}, "issuer"),
        ({"token_endpoint": None}, "token_endpoint"),
        ({"token_endpoint": "http://idp.example/token"}, "https"),
        ({"jwks_uri": "file:///etc/passwd"}, "host"),
        ({"userinfo_endpoint": []}, "userinfo_endpoint"),
        ({"userinfo_endpoint": "http://evil.example/"}, "https"),
        ({"end_session_endpoint": 1}, "end_session_endpoint"),
        ({"introspection_endpoint": "http://evil.example/"}, "https"),
        ({"introspection_endpoint_auth_methods_supported": 1}, "list"),
        ({"id_token_signing_alg_values_supported": "RS256"}, "list"),
        ({"code_challenge_methods_supported": [1]}, "list"),
        ({"authorization_response_iss_parameter_supported": "true"}, "true nor false"),
    ],
)
def test_a_document_that_breaks_the_standard_is_refused(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ProviderMisbehaved, match=message):
        parse_metadata(document(**changes), ISSUER)


@pytest.mark.parametrize("data", [b"", b"<html>", b"[]", b'{"issuer":"a","issuer":"b"}'])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(ProviderMisbehaved, match="discovery document"):
        parse_metadata(data, ISSUER)


def test_another_issuer_passes_only_when_the_operator_says_so() -> None:
    other = document(issuer="https://login.example/{tenant}")
    assert parse_metadata(other, ISSUER, skip_issuer_check=True).issuer.endswith("{tenant}")


def test_an_issuer_nobody_signs_in_at_only_needs_keys() -> None:
    bare = json.dumps({"issuer": ISSUER, "jwks_uri": ISSUER + "/keys"}).encode()
    assert parse_key_address(bare, ISSUER) == (ISSUER + "/keys", ("RS256",))
    assert parse_key_address(document(), ISSUER)[0] == ISSUER + "/certs"


@pytest.mark.parametrize(
    "changes",
    [{"issuer": ISSUER + "/"}, {"jwks_uri": None}, {"jwks_uri": "http://evil.example/"}],
)
def test_an_issuer_without_keys_of_its_own_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderMisbehaved):
        parse_key_address(document(**changes), ISSUER)
