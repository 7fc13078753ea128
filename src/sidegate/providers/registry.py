"""Which provider a name means. A kind that nobody configured is never imported."""

from collections.abc import Callable
from importlib import import_module
from typing import Final, cast

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import ConfigurationError
from sidegate.core.ports import Clock, DiscoveredProvider, Fetch, Turn
from sidegate.providers.credentials import Credentials

KINDS: Final = {
    "github": "sidegate.providers.github:GitHubProvider",
    "oauth2": "sidegate.providers.oauth2:OAuth2Provider",
    "gitlab": "sidegate.providers.gitlab:GitLabProvider",
    "google": "sidegate.providers.google:GoogleProvider",
    "oidc": "sidegate.providers.oidc:OidcProvider",
    "entra-id": "sidegate.providers.entra:EntraProvider",
    "azure": "sidegate.providers.entra:AzureProvider",
    "adfs": "sidegate.providers.adfs:AdfsProvider",
    "keycloak-oidc": "sidegate.providers.keycloak:KeycloakProvider",
}
"""`provider` to the class that speaks to it. All are made with the same arguments."""


def build(
    settings: ProviderSettings,
    fetch: Fetch,
    clock: Clock,
    turn: Turn,
    credentials: Credentials,
    *,
    needs_groups: bool,
) -> DiscoveredProvider:
    """Return the provider of the configuration, not discovered yet.

    `turn` is a fresh asyncio.Lock; `needs_groups`: some rule looks at groups. Raises
    ConfigurationError for an unknown name.
    """
    found = KINDS.get(settings.provider)
    if found is None:
        known = ", ".join(KINDS)
        raise ConfigurationError([f"provider: {settings.provider!r} is unknown; one of {known}"])
    module, _, name = found.partition(":")
    make = cast("Callable[..., DiscoveredProvider]", getattr(import_module(module), name))
    return make(
        settings, fetch, clock, credentials=credentials, needs_groups=needs_groups, turn=turn
    )
