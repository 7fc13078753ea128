"""What several providers add to a sign-in: which one, and where each sends people back to."""

from sidegate.config.settings import Settings
from sidegate.core.providers import Providers
from sidegate.login.choice import Choice
from sidegate.stores.preference import Preferences


def choice_of(settings: Settings, providers: Providers) -> Choice:
    """Return what finds the provider that somebody means."""
    domains = {one.id: one.for_email_domains for one in settings.providers}
    return Choice(providers, domains, Preferences(settings.cookie, domains))


def callback_places(settings: Settings) -> dict[str, str]:
    """Return what is behind `/callback` in the address of each provider, by its id.

    Different ones, so that no answer of one provider counts as that of another.
    """
    return {one.id: f"/{one.id}" if one.has_own_callback else "" for one in settings.providers}
