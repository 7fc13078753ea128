"""Pages from the operator's own templates. Imported only where there are some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sidegate.config.branding.own_pages import OwnPage
from sidegate.pages.policy import policy


@dataclass(frozen=True, slots=True)
class CustomPages:
    """The templates that there are, and what all of them are given. `pictures`: for the policy."""

    sign_in: OwnPage | None
    error: OwnPage | None
    shared: Mapping[str, Any]
    pictures: tuple[str, ...] = ()

    def render(self, page: OwnPage, values: Mapping[str, Any]) -> tuple[str, str]:
        """Return a page and its policy.

        Forms may lead on to a provider: the templates of oauth2-proxy begin a sign-in with one.
        """
        html = page.fill({**self.shared, **values})
        return html, policy(
            scripts=page.scripts, styles=page.styles, pictures=self.pictures, leads_on=True
        )
