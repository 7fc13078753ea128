"""The provider's public keys (RFC 7517): which may verify, which fits a token, when to ask again.

Rule 1: only public members are ever read; a private or symmetric key in the set is no key to us.
Rule 2: a key verifies one kind of signature. The kind comes from the key and our own list, the
token can only name one of them.
Rule 3: one broken key does not spoil the set (RFC 7517 section 5).
"""

from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm

from sidegate.core.errors import ProviderMisbehaved
from sidegate.oidc.algorithms import KIND_OF_ALGORITHM, PublicKey, import_public
from sidegate.oidc.strict_json import JsonRejected, parse_object

MAX_KEYS: Final = 64
REFETCH_COOLDOWN: Final = 10.0
MAX_AGE: Final = 3600.0
LONGEST_AGE: Final = 86400.0


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One public key. `kid` and `algorithm` are None where the set does not say.

    `issuer`: whose tokens it signs, as Microsoft writes into a set that many issuers share.
    """

    kind: str
    kid: str | None
    algorithm: str | None
    public: PublicKey = field(repr=False, compare=False)
    issuer: str | None = None


def parse_keys(document: bytes) -> tuple[VerificationKey, ...]:
    """Return the usable keys of a JWK set, or raise ProviderMisbehaved when there is none."""
    try:
        entries = parse_object(document).get("keys")
    except JsonRejected as error:
        raise ProviderMisbehaved(f"key set: {error}") from None
    if not isinstance(entries, list):
        raise ProviderMisbehaved("key set: it has no list of keys")
    found = (_parse_key(entry) for entry in entries[:MAX_KEYS] if isinstance(entry, dict))
    keys = tuple(key for key in found if key is not None)
    if not keys:
        raise ProviderMisbehaved("key set: no key in it can verify a signature")
    return keys


def choose(
    keys: tuple[VerificationKey, ...], kid: str | None, algorithm: str
) -> list[VerificationKey]:
    """Return the keys that may have made a signature, by key id, kind and algorithm.

    A token without `kid` may be tried with every key of the right kind (Core section 10.1).
    """
    kind = KIND_OF_ALGORITHM.get(algorithm)
    return [
        key
        for key in keys
        if key.kind == kind
        and key.algorithm in (None, algorithm)
        and (kid is None or key.kid == kid)
    ]


def may_ask_again(now: float, asked_at: float | None) -> bool:
    """Say whether an unknown key id is worth a request: not more than one per cool-down.

    `now`, `asked_at`: seconds since the epoch. A clock that went back does not block for ever.
    """
    return asked_at is None or not 0 <= now - asked_at < REFETCH_COOLDOWN


def are_stale(now: float, fetched_at: float) -> bool:
    """Say whether the keys are so old that the provider may have withdrawn one."""
    return not 0 <= now - fetched_at < MAX_AGE


def are_over(now: float, fetched_at: float) -> bool:
    """Say whether the keys are so old that not even an issuer who is away excuses them."""
    return now - fetched_at >= LONGEST_AGE


def _parse_key(entry: dict[str, Any]) -> VerificationKey | None:
    kid, algorithm, use, operations = (entry.get(n) for n in ("kid", "alg", "use", "key_ops"))
    if not isinstance(kid, str | None) or not isinstance(algorithm, str | None):
        return None
    if use not in (None, "sig"):
        return None
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        return None
    try:
        kind, public = import_public(entry)
    except (UnsupportedAlgorithm, ValueError, TypeError, KeyError):
        return None
    if algorithm in ("EdDSA", "Ed25519") and kind == "Ed25519":
        algorithm = None  # two names of one algorithm (RFC 9864 section 2.2)
    issuer = entry.get("issuer")
    return VerificationKey(
        kind, kid, algorithm, public, issuer if isinstance(issuer, str) else None
    )
