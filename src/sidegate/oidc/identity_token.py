"""Identity tokens: the gate signs who it is, so that an application can verify rather than trust.

Rule 1: ES256 and nothing else (RFC 7518 section 3.4): short, and no key is shared with whoever
verifies.
Rule 2: keys follow from the gate's secrets and the day. Replicas with the same secrets sign with
the same keys, and every key is over after two days.
Rule 3: those of the day before and of the day to come are published too, so that no clock and no
cache of a key set has to be exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import ECKey

from sidegate.core.identity import Session
from sidegate.core.secret import Secret
from sidegate.oidc import base64url
from sidegate.oidc.signing import sign

SEED_BYTES: Final = 32
DAY: Final = 86400
_WIDTH: Final = 32  # bytes of a coordinate of P-256
_DRAWN: Final = (
    48  # bytes a scalar is drawn from, so that reducing it favours none (FIPS 186-5 A.2.1)
)
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key, for one day."""

    key: ECKey
    key_id: str
    public: dict[str, str]


def key_for(seed: Secret[bytes], day: int) -> SigningKey:
    """Return the key that a seed has on a day (whole days since the epoch)."""
    info = b"sidegate/1/identity-token/%d" % day
    drawn = HKDF(SHA256(), _DRAWN, salt=None, info=info).derive(seed.reveal())
    scalar = int.from_bytes(drawn, "big") % (_ORDER - 1) + 1
    numbers = ec.derive_private_key(scalar, ec.SECP256R1()).public_key().public_numbers()
    public = {
        "kty": "EC",
        "crv": "P-256",
        "x": base64url.encode(numbers.x.to_bytes(_WIDTH, "big")),
        "y": base64url.encode(numbers.y.to_bytes(_WIDTH, "big")),
    }
    key = ECKey.import_key({**public, "d": base64url.encode(scalar.to_bytes(_WIDTH, "big"))})
    key_id = key.thumbprint()
    return SigningKey(key, key_id, {**public, "kid": key_id, "use": "sig", "alg": "ES256"})


class IdentityTokens:
    """Signs tokens, and publishes the keys to verify them.

    `issuer`: `iss`. `lifetime`: seconds. `take` has to be called with seeds before anything else.
    """

    def __init__(self, issuer: str, lifetime: float) -> None:
        self._issuer = issuer
        self._lifetime = lifetime
        self._seeds: tuple[Secret[bytes], ...] = ()
        self._first = 0
        self._keys: dict[tuple[int, int], SigningKey] = {}

    def take(self, first: int, seeds: Sequence[Secret[bytes]]) -> None:
        """Go on with these seeds, of which `first` is the place of the one that signs."""
        self._first, self._seeds, self._keys = first, tuple(seeds), {}

    def token(self, session: Session, audience: str, now: float) -> str:
        """Return a token about the person of a session, valid from now on (RFC 7519)."""
        key = self._key(self._first, int(now) // DAY)
        header = {"alg": "ES256", "typ": "JWT", "kid": key.key_id}
        return sign(key.key, header, self._claims(session, audience, now))

    def key_set(self, now: float) -> dict[str, Any]:
        """Return the public keys of yesterday, today and tomorrow (RFC 7517 section 5)."""
        today = int(now) // DAY
        days = (today, today - 1, today + 1)
        places = range(len(self._seeds))
        return {"keys": [self._key(place, day).public for day in days for place in places]}

    def _claims(self, session: Session, audience: str, now: float) -> dict[str, Any]:
        who = session.identity
        issued = int(now)
        about = {
            "email": who.email,
            "preferred_username": who.preferred_username,
            "groups": list(who.groups),
            "idp": session.provider,
            **{name: list(texts) for name, texts in who.claims.items()},
        }
        return {
            **{name: value for name, value in about.items() if value},
            "iss": self._issuer,
            "sub": who.user,
            "aud": audience,
            "iat": issued,
            "exp": min(issued + int(self._lifetime), int(session.ends_at)),
            "auth_time": int(session.created_at),
        }

    def _key(self, place: int, day: int) -> SigningKey:
        """Return a key, made once; those that are over are forgotten."""
        found = self._keys.get((place, day))
        if found is None:
            found = key_for(self._seeds[place], day)
            self._keys = {at: key for at, key in self._keys.items() if abs(at[1] - day) <= 2}
            self._keys[place, day] = found
        return found
