"""Addresses that the operator named take the place of those that were found."""

import pytest

from sidegate.core.errors import ProviderMisbehaved
from sidegate.providers.endpoints import configured_metadata, with_configured
from tests.unit.providers.settings import ISSUER, provider_settings

NAMED = {
    "login_url": f"{ISSUER}/login",
    "redeem_url": f"{ISSUER}/token",
    "oidc_jwks_url": f"{ISSUER}/keys",
}


def test_without_discovery_everything_comes_from_the_options() -> None:
    metadata = configured_metadata(provider_settings(**NAMED, profile_url=f"{ISSUER}/me"))
    assert metadata.issuer == ISSUER
    assert metadata.authorization_endpoint == f"{ISSUER}/login"
    assert metadata.token_endpoint == f"{ISSUER}/token"
    assert metadata.jwks_uri == f"{ISSUER}/keys"
    assert metadata.userinfo_endpoint == f"{ISSUER}/me"


@pytest.mark.parametrize("missing", NAMED)
def test_a_missing_address_is_named_by_its_option(missing: str) -> None:
    rest = {name: url for name, url in NAMED.items() if name != missing}
    with pytest.raises(ProviderMisbehaved, match=missing):
        configured_metadata(provider_settings(**rest))


def test_only_rs256_is_allowed_where_nobody_said_otherwise() -> None:
    bare = configured_metadata(provider_settings(**NAMED))
    assert bare.id_token_signing_alg_values_supported == ("RS256",)
    named = configured_metadata(provider_settings(**NAMED, oidc_enabled_signing_algs=("ES256",)))
    offered = named.id_token_signing_alg_values_supported
    assert "ES256" in offered
    assert not {"none", "HS256", "HS384", "HS512"} & set(offered)


@pytest.mark.parametrize("option", NAMED)
@pytest.mark.parametrize("url", ["http://idp.example/x", "ftp://idp.example/x", "//idp.example"])
def test_an_address_beyond_loopback_that_is_not_https_is_never_called(
    option: str, url: str
) -> None:
    with pytest.raises(ProviderMisbehaved, match=option):
        configured_metadata(provider_settings(**{**NAMED, option: url}))


def test_an_address_that_was_not_named_stays_as_it_was_found() -> None:
    found = configured_metadata(provider_settings(**NAMED))
    changed = with_configured(found, provider_settings(redeem_url=f"{ISSUER}/other"))
    assert changed.token_endpoint == f"{ISSUER}/other"
    assert changed.authorization_endpoint == found.authorization_endpoint
