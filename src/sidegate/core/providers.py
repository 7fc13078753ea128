"""The identity providers of one gate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sidegate.core.errors import GrantRejected

if TYPE_CHECKING:
    from sidegate.core.identity import Session
    from sidegate.core.ports import Provider


class Providers:
    """Every provider by its id, in the order of the configuration. At least one, ids unique."""

    __slots__ = ("_by_id", "default")

    def __init__(self, providers: Iterable[Provider]) -> None:
        self._by_id = {provider.id: provider for provider in providers}
        self.default = next(iter(self))

    def get(self, provider_id: str) -> Provider | None:
        """Return the provider of an attempt or a session, or None when nobody configured it."""
        return self._by_id.get(provider_id)

    def of(self, session: Session) -> Provider:
        """Return the provider that vouches for a session. Raises GrantRejected without one."""
        provider = self._by_id.get(session.provider)
        if provider is None:
            raise GrantRejected("the provider of the session is not configured")
        return provider

    @property
    def only(self) -> Provider | None:
        """The one provider, or None where people have a choice."""
        return self.default if len(self) == 1 else None

    def __iter__(self) -> Iterator[Provider]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __repr__(self) -> str:
        return f"<Providers {', '.join(self._by_id)}>"
