"""Names of providers."""

import subprocess
import sys

import pytest

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import ConfigurationError
from sidegate.core.ports import Provider
from sidegate.providers.oidc import OidcProvider
from sidegate.providers.registry import build
from tests.unit.providers.script import ScriptedFetch, Turn
from tests.unit.providers.settings import credentials, provider_settings


def make(settings: ProviderSettings) -> Provider:
    shown = credentials(settings)
    return build(settings, ScriptedFetch(), lambda: 0.0, Turn(), shown, needs_groups=False)


def test_a_known_name_gives_its_provider() -> None:
    settings = provider_settings(provider_display_name="Corp")
    provider: Provider = make(settings)
    assert isinstance(provider, OidcProvider)
    assert (provider.id, provider.display_name) == ("oidc", "Corp")


def test_an_unknown_name_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigurationError, match="unknown; one of"):
        make(provider_settings(provider="nope"))


@pytest.mark.parametrize("kind", ["github", "oidc", "gitlab", "keycloak", "entra"])
def test_a_gate_that_signs_nothing_does_not_pay_for_that(kind: str) -> None:
    program = f"import sys; import sidegate.providers.{kind}; sys.exit('joserfc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
