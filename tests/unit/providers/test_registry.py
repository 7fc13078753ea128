"""Names of providers."""

import pytest

from sidegate.core.errors import ConfigurationError
from sidegate.core.ports import Provider
from sidegate.providers.oidc import OidcProvider
from sidegate.providers.registry import build
from tests.unit.providers.script import ScriptedFetch, Turn
from tests.unit.providers.settings import provider_settings


def test_a_known_name_gives_its_provider() -> None:
    settings = provider_settings(provider_display_name="Corp")
    provider: Provider = build(settings, ScriptedFetch(), lambda: 0.0, Turn(), needs_groups=False)
    assert isinstance(provider, OidcProvider)
    assert (provider.id, provider.display_name) == ("oidc", "Corp")


def test_an_unknown_name_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigurationError, match="one of oidc"):
        build(
            provider_settings(provider="nope"),
            ScriptedFetch(),
            lambda: 0.0,
            Turn(),
            needs_groups=False,
        )
