"""An issuer whose tokens programs bring, and at which nobody signs in (`extra_jwt_issuers`)."""

from typing import Any

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import ProviderMisbehaved
from sidegate.core.ports import Clock, Fetch, Turn
from sidegate.oidc.algorithms import KIND_OF_ALGORITHM, allowed_algorithms
from sidegate.oidc.bearer_token import BearerPolicy, verify_bearer_token
from sidegate.oidc.jws import Jws
from sidegate.oidc.metadata import discovery_url, parse_key_address
from sidegate.providers.documents import get_document
from sidegate.providers.key_set import KeySet


class ExtraIssuer:
    """Verifies tokens of one issuer for the audiences that were paired with it, and for no others.

    `discover` has to succeed once; the application repeats it in the background. Until then its
    tokens are refused, and nothing else notices.
    """

    def __init__(
        self,
        issuer: str,
        audiences: frozenset[str],
        settings: ProviderSettings,
        fetch: Fetch,
        clock: Clock,
        turn: Turn,
    ) -> None:
        self.issuer = issuer
        self._audiences = audiences
        self._settings = settings
        self._fetch = fetch
        self._clock = clock
        self.keys = KeySet(fetch, clock, turn)
        self._algorithms: tuple[str, ...] = ()
        self._jwks_uri = ""

    @property
    def id(self) -> str:
        """What sessions call it: its issuer, which is no id of a provider."""
        return self.issuer

    def __repr__(self) -> str:
        return f"<ExtraIssuer {self.issuer}>"

    def unready_reason(self) -> str:
        """Say why its tokens are not accepted, or empty text when they are."""
        return "" if self.keys.came_at else "not discovered yet"

    async def discover(self) -> None:
        """Try once to learn the keys. Raises ProviderError; what was known stays."""
        jwks_uri, offered = await self._key_address()
        algorithms = allowed_algorithms(self._settings.oidc_enabled_signing_algs, offered)
        await self.keys.fill(jwks_uri)
        self._jwks_uri, self._algorithms = jwks_uri, algorithms

    async def verify_bearer(self, jws: Jws) -> dict[str, Any]:
        """Return the claims of a token that a client brought. Raises SignInError, ProviderError."""
        policy = BearerPolicy(
            issuer=self.issuer,
            algorithms=self._algorithms,
            audiences=self._audiences,
            audience_claims=self._settings.oidc_audience_claims or ("aud",),
            is_client=False,
            jwks_uri=self._jwks_uri,
        )
        return await self.keys.claims(
            lambda keys: verify_bearer_token(jws, keys, policy, self._clock())
        )

    async def _key_address(self) -> tuple[str, tuple[str, ...]]:
        """Return where the keys are, as the issuer says or, when it says nothing, as is usual.

        A document that is there and wrong is no silence: it may be somebody else's.
        """
        try:
            document = await get_document(
                self._fetch, discovery_url(self.issuer), f"discovery document of {self.issuer}"
            )
        except ProviderMisbehaved:
            usual = self.issuer.removesuffix("/") + "/.well-known/jwks.json"
            return usual, tuple(KIND_OF_ALGORITHM)
        return parse_key_address(document, self.issuer)
