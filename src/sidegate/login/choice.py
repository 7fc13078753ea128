"""At which of several providers somebody signs in: as they say, or as their email address does.

None of this is a decision about access. Whatever is chosen, the rules look at who comes back.
"""

from collections.abc import Mapping
from typing import Final

from sidegate.core.messages import Exchange
from sidegate.core.ports import Provider
from sidegate.core.providers import Providers
from sidegate.login.form import Form
from sidegate.login.ports import PreferenceStore, asker_of

MOST_HINT: Final = 320  # characters: 64 before the @ and 255 after it (RFC 5321 section 4.5.3.1)


class Choice:
    """Finds the provider that a request means.

    `domains`: those that lead to a provider, by its id: `d` is itself, `.d` and `*.d` are d and all
    below it. The longest that fits counts.
    """

    def __init__(
        self,
        providers: Providers,
        domains: Mapping[str, tuple[str, ...]],
        preferences: PreferenceStore,
    ) -> None:
        self._providers = providers
        self._preferences = preferences
        self._exact: dict[str, str] = {}
        self._below: dict[str, str] = {}
        for provider, names in domains.items():
            for name in names:
                bare = name.removeprefix("*").removeprefix(".")
                if bare == name:
                    self._exact[bare] = provider
                else:
                    self._below[bare] = provider

    @property
    def goes_by_email(self) -> bool:
        """Say whether an email address may lead to a provider."""
        return bool(self._exact or self._below)

    def named(self, form: Form) -> Provider | None:
        """Return the provider of `provider=`, else the one that `login_hint` leads to, or None."""
        named = self._providers.get(form.first("provider") or "")
        return named or self.for_email(login_hint(form))

    def for_email(self, address: str) -> Provider | None:
        """Return the provider for this email address, or None."""
        local, _, domain = address.strip().rpartition("@")
        domain = domain.lower()
        found = self._exact.get(domain) if local else None
        while local and found is None and domain:
            found = self._below.get(domain)
            domain = domain.partition(".")[2]
        return self._providers.get(found or "")

    def remembered(self, exchange: Exchange) -> Provider | None:
        """Return where this browser signed in last, None where there is nothing to choose."""
        if self._providers.only:
            return None
        return self._providers.get(self._preferences.recall(exchange.head.get(b"cookie")))

    def remember(self, exchange: Exchange, provider: str) -> list[str]:
        """Return the cookies that remember a provider, none where there is nothing to choose."""
        if self._providers.only:
            return []
        return self._preferences.remember(provider, asker_of(exchange).host)

    def in_order(self, exchange: Exchange) -> list[Provider]:
        """Return every provider, the one of the last time first."""
        last = self.remembered(exchange)
        return sorted(self._providers, key=lambda one: one is not last)


def login_hint(form: Form) -> str:
    """Return who probably signs in, as `login_hint` says; nothing where that cannot be a name."""
    return tidy(form.first("login_hint") or "")


def tidy(hint: str) -> str:
    """Return a hint without blanks around it, or nothing: too long, or not one printable line."""
    hint = hint.strip()
    return hint if len(hint) <= MOST_HINT and hint.isprintable() else ""
