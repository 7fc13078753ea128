"""The older endpoints of Microsoft Entra ID (`azure`) as a script of requests and answers."""

from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.providers.entra import AzureProvider
from tests.unit.providers.test_entra import FIRST, GROUPS, LOGIN, ONE, Tenant, told
from tests.unit.providers.test_oidc import ATTEMPT

RESOURCE = "https://graph.microsoft.com"


@pytest.fixture
def azure(rsa: RSAKey) -> Callable[..., Tenant]:
    """Return what opens a tenant at the older endpoints."""

    def make(**settings: Any) -> Tenant:
        base = f"{LOGIN}/{ONE}"
        stage = Tenant(rsa, AzureProvider, issuer=base, **settings)
        return stage.open(
            f"https://sts.windows.net/{ONE}/",
            authorization_endpoint=f"{base}/oauth2/authorize",
            token_endpoint=f"{base}/oauth2/token",
            userinfo_endpoint=f"{base}/openid/userinfo",
        )

    return make


def older(**changes: Any) -> dict[str, Any]:
    return told(**{"iss": f"https://sts.windows.net/{ONE}/", "ver": "1.0", **changes})


def test_the_older_endpoints_are_told_the_resource(azure: Callable[..., Tenant]) -> None:
    stage = azure(resource=RESOURCE)
    url = stage.provider.authorization_url(ATTEMPT)
    assert url.startswith(f"{LOGIN}/{ONE}/oauth2/authorize?")
    assert "&scope=openid&" in url
    assert url.endswith("&resource=https%3A%2F%2Fgraph.microsoft.com")
    stage.signs_in(older())
    assert b"resource=https%3A%2F%2Fgraph.microsoft.com&" in stage.fetch.asked[-1].body
    stage.renews(older(nonce=None))
    assert b"resource=https%3A%2F%2Fgraph.microsoft.com&" in stage.fetch.asked[-1].body


def test_without_a_resource_none_is_told(azure: Callable[..., Tenant]) -> None:
    stage = azure()
    assert "resource" not in stage.provider.authorization_url(ATTEMPT)
    assert stage.signs_in(older()).identity.email == "alice@example.com"
    assert b"resource" not in stage.fetch.asked[-1].body


def test_the_older_kind_asks_graph_where_the_token_tells_no_groups(
    azure: Callable[..., Tenant],
) -> None:
    stage = azure(needs_groups=True)
    assert stage.signs_in(older(), (FIRST, GROUPS)).identity.groups == ("g1", "g2")
    assert stage.signs_in(older(groups=["g9"])).identity.groups == ("g9",)
    assert azure().signs_in(older()).identity.groups == ()


def test_the_profile_address_of_the_older_kind_is_one_of_graph(
    azure: Callable[..., Tenant],
) -> None:
    stage = azure(profile_url="https://graph.microsoft.us/v1.0/me", needs_groups=True)
    line = FIRST.replace("graph.microsoft.com", "graph.microsoft.us")
    assert stage.signs_in(older(), (line, GROUPS)).identity.groups == ("g1", "g2")
    assert stage.fetch.is_played(), "and it is no userinfo"
