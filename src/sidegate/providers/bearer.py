"""Tokens that clients bring: a JWT is verified with its issuer's keys, an opaque one is asked for.

Rule 1: the issuer a token names chooses the keys, and nothing else: each issuer has its own
audiences, and a token of one never passes by the audience of another.
Rule 2: nothing here remembers a token; whoever asks does (`stores.bearer`).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from sidegate.config.settings import BearerSettings, ProviderSettings
from sidegate.core.errors import BearerRejected, IdTokenRejected
from sidegate.core.identity import VerifiedToken
from sidegate.core.ports import Clock, Fetch, Turn
from sidegate.core.secret import Secret
from sidegate.oidc.bearer_field import is_jwt
from sidegate.oidc.bearer_token import claimed_issuer, read_bearer_token
from sidegate.oidc.claims import Claims
from sidegate.oidc.jws import Jws
from sidegate.providers.extra_issuer import ExtraIssuer
from sidegate.providers.introspection import Introspector
from sidegate.providers.oidc import OidcProvider


class Issuer(Protocol):
    """Whoever signs tokens that are accepted here."""

    @property
    def id(self) -> str:
        """What sessions call it."""

    async def verify_bearer(self, jws: Jws) -> dict[str, Any]:
        """Return the claims of a token. Raises SignInError or ProviderError."""


class BearerTokens:
    """Implements `core.ports.TokenVerifier`.

    `providers`: at least one. The first says what the claims of `others` mean, and is the one that
    `introspector` asks: an opaque token names nobody, and is shown to no second provider.
    `introspector` None: opaque tokens are refused. `accepts_jwts` False: every token is
    introspected, whatever it looks like.
    """

    def __init__(
        self,
        providers: Sequence[OidcProvider],
        others: Iterable[ExtraIssuer],
        introspector: Introspector | None,
        *,
        accepts_jwts: bool,
    ) -> None:
        self._providers = providers
        self._others = {other.issuer: other for other in others}
        self._introspector = introspector
        self._accepts_jwts = accepts_jwts

    async def verify(self, token: Secret[str], /) -> VerifiedToken:
        """Return what the token says. Raises SignInError, or ProviderError when nobody can tell."""
        try:
            return await self._verify(token)
        except IdTokenRejected as error:
            raise BearerRejected(str(error)) from None

    async def _verify(self, token: Secret[str]) -> VerifiedToken:
        userinfo: Claims = {}
        issuer: Issuer = self._providers[0]
        if self._accepts_jwts and is_jwt(token.reveal()):
            issuer, claims = await self._verify_jwt(read_bearer_token(token.reveal()))
        elif self._introspector is not None:
            claims, userinfo = await self._introspector.claims(token)
        else:
            raise BearerRejected("bearer token is no JWT")
        if isinstance(issuer, OidcProvider):
            identity = issuer.person(claims, userinfo)
        else:
            identity = self._providers[0].stranger(claims)
        return VerifiedToken(identity, claims.get("exp"), issuer.id)

    async def _verify_jwt(self, jws: Jws) -> tuple[Issuer, Claims]:
        """Return who signed a token and what it says."""
        *others, last = self._issuers(claimed_issuer(jws))
        for issuer in others:
            try:
                return issuer, await issuer.verify_bearer(jws)
            except IdTokenRejected:
                continue
        return last, await last.verify_bearer(jws)

    def _issuers(self, named: str) -> list[Issuer]:
        """Return who may have signed: several only where they have the same issuer.

        An issuer nobody named is left to providers that do not compare issuers, or else to the
        first, which refuses it.
        """
        found: list[Issuer] = [one for one in self._providers if one.issuer == named]
        if named in self._others:
            found.append(self._others[named])
        lenient = [one for one in self._providers if one.speaks_as(named)]
        return found or [*lenient] or [self._providers[0]]


def build(
    provider: OidcProvider,
    settings: ProviderSettings,
    bearer: BearerSettings,
    fetch: Fetch,
    clock: Clock,
    new_turn: Callable[[], Turn],
    further: Sequence[OidcProvider] = (),
    *,
    fetch_of: Callable[[str], Fetch],
) -> tuple[BearerTokens, list[ExtraIssuer]]:
    """Return what verifies tokens, and the issuers that have to be discovered for it.

    `new_turn` makes a fresh asyncio.Lock. `further`: more providers whose tokens are accepted.
    `fetch_of` gives each other issuer calls of its own, `fetch` are those to the provider.
    """
    audiences: dict[str, set[str]] = {}
    for issuer, audience in bearer.extra_jwt_issuers if bearer.skip_jwt_bearer_tokens else ():
        audiences.setdefault(issuer, set()).add(audience)
    others = [
        ExtraIssuer(issuer, frozenset(named), settings, fetch_of(issuer), clock, new_turn())
        for issuer, named in audiences.items()
    ]
    introspector = None
    if bearer.bearer_token_introspection:
        introspector = Introspector(provider, settings, bearer, fetch, clock)
    tokens = BearerTokens(
        (provider, *further),
        others,
        introspector,
        accepts_jwts=bearer.skip_jwt_bearer_tokens,
    )
    return tokens, others
