"""The provider's public keys (RFC 7517): which may verify, which fits a token, when to ask again.

Rule 1: only public members are ever read; a private or symmetric key in the set is no key to us.
Rule 2: a key verifies one kind of signature. The kind comes from the key and our own list, the
token can only name one of them.
Rule 3: one broken key does not spoil the set (RFC 7517 section 5).
"""

from dataclasses import dataclass, field
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from sidegate.core.errors import ProviderMisbehaved
from sidegate.oidc import base64url
from sidegate.oidc.strict_json import JsonRejected, parse_object

RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 8192  # a larger one is a way to burn our processor
EXPONENT_BITS: Final = 32
MAX_KEYS: Final = 64
REFETCH_COOLDOWN: Final = 10.0
MAX_AGE: Final = 3600.0
LONGEST_AGE: Final = 86400.0

KIND_OF_ALGORITHM: Final = {
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
    "ES256": "P-256",
    "ES384": "P-384",
    "ES512": "P-521",
    "EdDSA": "Ed25519",
    "Ed25519": "Ed25519",
}
"""Every algorithm we verify (RFC 7518 section 3.1, RFC 8037, RFC 9864) and the kind of its key."""

PublicKey = RSAKey | ECKey | OKPKey


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
        kind, public = _import(entry)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if algorithm == "EdDSA" and kind == "Ed25519":
        algorithm = None  # two names of one algorithm (RFC 9864 section 2.2)
    issuer = entry.get("issuer")
    return VerificationKey(
        kind, kid, algorithm, public, issuer if isinstance(issuer, str) else None
    )


def _import(entry: dict[str, Any]) -> tuple[str, PublicKey]:
    """Return kind and key, or raise one of the errors that `_parse_key` takes for "no key"."""
    match entry.get("kty"), entry.get("crv"):
        case "RSA", None:
            numbers = _members(entry, "n", "e")
            if (
                not RSA_BITS <= _bits(numbers["n"]) <= MAX_RSA_BITS
                or _bits(numbers["e"]) > EXPONENT_BITS
            ):
                raise ValueError
            return "RSA", RSAKey.import_key({"kty": "RSA", **numbers})
        case "EC", ("P-256" | "P-384" | "P-521") as curve:
            return curve, ECKey.import_key({"kty": "EC", "crv": curve, **_members(entry, "x", "y")})
        case "OKP", "Ed25519":
            return "Ed25519", OKPKey.import_key(
                {"kty": "OKP", "crv": "Ed25519", **_members(entry, "x")}
            )
    raise ValueError


def _bits(number: str) -> int:
    return int.from_bytes(base64url.decode(number)).bit_length()


def _members(entry: dict[str, Any], *names: str) -> dict[str, Any]:
    members = {name: entry[name] for name in names}
    if not all(isinstance(value, str) for value in members.values()):
        raise TypeError
    return members
