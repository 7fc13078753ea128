"""Which provider a name means."""

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import ConfigurationError
from sidegate.core.ports import Clock, Fetch
from sidegate.providers.key_set import Turn
from sidegate.providers.oidc import OidcProvider

PROVIDERS = {"oidc": OidcProvider}


def build(
    settings: ProviderSettings,
    fetch: Fetch,
    clock: Clock,
    allowed_groups_used: bool,  # noqa: FBT001 - wired once, in app.py
    turn: Turn,
) -> OidcProvider:
    """Return the provider of the configuration, not discovered yet.

    `turn` is a fresh asyncio.Lock. Raises ConfigurationError for an unknown name.
    """
    found = PROVIDERS.get(settings.provider)
    if found is None:
        known = ", ".join(PROVIDERS)
        raise ConfigurationError([f"provider: {settings.provider!r} is unknown; one of {known}"])
    return found(settings, fetch, clock, needs_groups=allowed_groups_used, turn=turn)
