"""Assertions by which we prove who we are: JWT client authentication (RFC 7523 sections 2.2, 3).

OpenID Connect Core section 9 calls it `private_key_jwt`. Each assertion is used once and lives for
a minute.
"""

from typing import Any, Final

from joserfc.jwk import ECKey, OKPKey, RSAKey

from sidegate.config.client_key import ALGORITHMS
from sidegate.config.settings import ClientKey
from sidegate.core.secret import Secret
from sidegate.oidc import base64url
from sidegate.oidc.signing import PrivateKey, sign

LIFETIME: Final = 60  # seconds
_JWK_OF_KIND: Final[dict[str, type[PrivateKey]]] = {"RSA": RSAKey, "Ed25519": OKPKey}


class AssertionKey:
    """A private key, its id, and what it signs. `algorithm` empty: as offered."""

    def __init__(self, key: ClientKey, key_id: str = "", algorithm: str = "") -> None:
        self._private = _JWK_OF_KIND.get(key.kind, ECKey).import_key(key.pem.reveal())
        self._key_id = key_id or self._private.thumbprint()
        self._certificate = key.certificate
        self._algorithms = (algorithm,) if algorithm else ALGORITHMS[key.kind]

    def __repr__(self) -> str:
        return f"<AssertionKey {self._key_id}>"

    def assertion(
        self, *, client_id: str, audience: str, offered: tuple[str, ...], jti: bytes, now: float
    ) -> Secret[str]:
        """Return a fresh assertion.

        `offered`: algorithms that the provider announces, empty when it is silent. `jti`: bytes
        that never come again. `now`: seconds since the epoch.
        """
        issued = int(now)
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "jti": base64url.encode(jti),
            "iat": issued,
            "exp": issued + LIFETIME,
        }
        return Secret(sign(self._private, self._header(offered), claims))

    def public_set(self) -> dict[str, Any]:
        """Return the JWK set that the operator registers at the provider (RFC 7517 section 5)."""
        public = self._private.as_dict(private=False)
        hint = {"alg": self._algorithms[0]} if len(self._algorithms) == 1 else {}
        return {"keys": [{**public, "kid": self._key_id, "use": "sig", **hint}]}

    def _header(self, offered: tuple[str, ...]) -> dict[str, str]:
        fitting = [name for name in self._algorithms if name in offered]
        header = {"alg": (fitting or self._algorithms)[0], "typ": "JWT", "kid": self._key_id}
        if self._certificate:
            header["x5t#S256"] = base64url.encode(self._certificate)
        return header
