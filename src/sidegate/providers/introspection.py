"""Asks the provider about opaque tokens, with our own client authentication (RFC 7662)."""

from typing import Any, Final

from sidegate.config.settings import BearerSettings, ProviderSettings
from sidegate.core.errors import ProviderMisbehaved, ProviderUnavailable
from sidegate.core.ports import Clock, Fetch
from sidegate.core.secret import Secret
from sidegate.oidc.introspection import introspection_request, parse_introspection
from sidegate.providers.oidc import OidcProvider

MOST_AT_ONCE: Final = 32


class Introspector:
    """One question per token; a flood of made-up tokens does not become a flood at the provider."""

    def __init__(
        self,
        provider: OidcProvider,
        settings: ProviderSettings,
        bearer: BearerSettings,
        fetch: Fetch,
        clock: Clock,
    ) -> None:
        self._provider = provider
        self._settings = settings
        self._url = bearer.introspection_url
        self._fetch = fetch
        self._clock = clock
        self._asking = 0

    async def claims(self, token: Secret[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the claims of an active token, and userinfo where they leave something out.

        Raises SignInError for a token that is not accepted, ProviderError when nobody can tell.
        """
        if self._asking >= MOST_AT_ONCE:
            raise ProviderUnavailable("too many tokens are being introspected right now")
        self._asking += 1
        try:
            return await self._ask(token)
        finally:
            self._asking -= 1

    async def _ask(self, token: Secret[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        metadata = self._provider.metadata()
        endpoint = self._url or metadata.introspection_endpoint
        if not endpoint:
            raise ProviderMisbehaved(
                "the provider names no introspection_endpoint; give introspection_url"
            )
        methods = (
            metadata.introspection_endpoint_auth_methods_supported
            or metadata.token_endpoint_auth_methods_supported
        )
        skips_issuer = self._settings.insecure_oidc_skip_issuer_verification
        request = introspection_request(endpoint, self._provider.client(methods), token)
        claims = parse_introspection(
            await self._fetch(request),
            issuer=None if skips_issuer else metadata.issuer,
            audiences=self._provider.audiences,
            now=self._clock(),
        )
        return claims, await self._userinfo(claims, token)

    async def _userinfo(self, claims: dict[str, Any], token: Secret[str]) -> dict[str, Any]:
        """Return userinfo; a token that may not read it (a program's own) has none."""
        try:
            return await self._provider.userinfo(claims, token)
        except ProviderMisbehaved:
            return {}
