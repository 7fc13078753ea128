"""Whether this process should be sent requests, and if not, why: a list of reasons."""

from collections.abc import Iterable

from sidegate.core.ports import Provider

DRAINING = "draining"


def unready_reasons(*, draining: bool, providers: Iterable[Provider], store: str = "") -> list[str]:
    """Return every reason not to be ready, empty when ready.

    `draining`: the process was told to stop. `store`: why sessions cannot be kept. Providers count
    only when people can sign in at none of them; each gives `provider: ID: reason`. The reasons are
    for the log; strangers who ask `/ready` are told only the word before the colon (see
    `public_reasons`).
    """
    reasons = [DRAINING] if draining else []
    if store:
        reasons.append(f"store: {store}")
    away = [(provider.id, provider.unready_reason()) for provider in providers]
    if all(reason for _, reason in away):
        reasons.extend(f"provider: {name}: {reason}" for name, reason in away)
    return reasons


def providers_away(providers: Iterable[Provider]) -> list[str]:
    """Return the ids of those at which nobody can sign in right now."""
    return [provider.id for provider in providers if provider.unready_reason()]


def public_reasons(reasons: Iterable[str]) -> list[str]:
    """Return what anybody may know of the reasons: their kind, each once, in order."""
    return list(dict.fromkeys(reason.partition(":")[0] for reason in reasons))
