"""Seals what belongs to one provider, so that gates with other providers may share a secret.

Rule 1: what was sealed for a provider (its issuer and our client id there) opens only where this
    provider is configured, whatever other providers are.
Rule 2: who opens something is told for which ids it was sealed, and refuses what names another.

A provider that is added or removed leaves what was sealed for the others as it was.
"""

from collections.abc import Mapping
from typing import Final

from sidegate.session.keyring import Sealer

_LENGTH_BYTES: Final = 4


class BoundSealer:
    """A `Sealer` with a context for each provider. `bindings`: what must be the same, by id.

    Opening tries one context after the other, so a broken value costs as many tries as there are
    different bindings.
    """

    __slots__ = ("_first", "_ids", "_of", "_sealer")

    def __init__(self, sealer: Sealer, bindings: Mapping[str, bytes]) -> None:
        self._sealer = sealer
        self._of = {name: _prefix(binding) for name, binding in bindings.items()}
        self._first = next(iter(self._of.values()))
        self._ids = {
            prefix: frozenset(name for name, own in self._of.items() if own == prefix)
            for prefix in self._of.values()
        }

    def seal(self, plain: bytes, provider: str, context: bytes) -> str:
        """Return the sealed text. What no provider vouches for is bound to the first one."""
        return self._sealer.seal(plain, self._of.get(provider, self._first) + context)

    def is_outdated(self, value: bytes) -> bool:
        """Say whether a value that opened was sealed with a key older than the one of now."""
        return self._sealer.is_outdated(value)

    def open(self, value: bytes, context: bytes) -> tuple[bytes, frozenset[str]] | None:
        """Return what was sealed and for which providers it may be, or None. Never raises."""
        for prefix, ids in self._ids.items():
            plain = self._sealer.open(value, prefix + context)
            if plain is not None:
                return plain, ids
        return None


def _prefix(binding: bytes) -> bytes:
    return len(binding).to_bytes(_LENGTH_BYTES, "big") + binding
