"""Google: OpenID Connect at fixed addresses, hosted domains, and groups of the directory.

Rule 1: the ID token is verified like any other; its `hd` claim, and nothing else, says to which
organization an account belongs (an address can be anybody's consumer account).
Rule 2: groups are what the directory says today, at sign-in and at each refresh.
"""

from dataclasses import replace
from typing import Any, ClassVar, Final

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import NotAuthorized
from sidegate.core.identity import Identity
from sidegate.core.ports import Clock, Fetch
from sidegate.core.secret import Secret
from sidegate.oidc.claims import Claims
from sidegate.oidc.metadata import Metadata
from sidegate.providers.endpoints import with_configured
from sidegate.providers.google_credentials import admin_token
from sidegate.providers.google_directory import Directory
from sidegate.providers.oidc import OidcProvider

GOOGLE: Final = Metadata(
    issuer="https://accounts.google.com",
    authorization_endpoint="https://accounts.google.com/o/oauth2/auth",
    token_endpoint="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
    jwks_uri="https://www.googleapis.com/oauth2/v3/certs",
    userinfo_endpoint="https://openidconnect.googleapis.com/v1/userinfo",
    token_endpoint_auth_methods_supported=("client_secret_post", "client_secret_basic"),
    scopes_supported=("openid", "email", "profile"),
)
"""What Google's discovery document says, but for its other name of the authorization endpoint."""


class GoogleProvider(OidcProvider):
    """Implements `core.ports.Provider` for accounts of Google and of Google Workspace."""

    name: ClassVar = "Google"
    demands_verified_email: ClassVar = True

    def __init__(
        self, settings: ProviderSettings, fetch: Fetch, clock: Clock, **others: Any
    ) -> None:
        super().__init__(settings, fetch, clock, **others)
        rights = admin_token(settings, fetch, clock)
        self._directory = None if rights is None else Directory(fetch, rights)

    def extra_parameters(self) -> tuple[tuple[str, str], ...]:
        """Ask for a refresh token, and for accounts of the hosted domain.

        Google gives a refresh token with the consent only, so that is asked for each time, unless
        `prompt` says something else: without it nobody could be asked again.
        """
        domains = self._settings.google_hosted_domains
        hosted = domains[0] if len(domains) == 1 else "*" if domains else ""
        asks = self._settings.approval_prompt == "force" and not self._settings.prompt
        return (("access_type", "offline"), ("prompt", "consent" if asks else ""), ("hd", hosted))

    async def complete(
        self,
        identity: Identity,
        claims: Claims,
        token: Secret[str],  # noqa: ARG002 - the directory is asked with rights of its own
    ) -> Identity:
        """Return the person with their groups. Raises NotAuthorized, and ProviderError."""
        self._check_hosted_domain(claims)
        directory = self._directory
        settings = self._settings
        if directory is None:
            return identity
        if not identity.email:  # the directory knows people by their address
            if settings.google_groups:
                raise NotAuthorized("rule google_groups: without an address in none of them")
            return identity
        if settings.google_groups:
            groups = await directory.groups_among(settings.google_groups, identity.email)
            if not groups:
                raise NotAuthorized("rule google_groups: in none of them")
        elif self._needs_groups:
            groups = await directory.groups_of(identity.email)
        else:
            groups = ()
        name = identity.preferred_username
        if settings.google_use_organization_id:
            name = await directory.organization_id(identity.email)
        return replace(identity, groups=groups, preferred_username=name)

    def _check_hosted_domain(self, claims: Claims) -> None:
        domains = self._settings.google_hosted_domains
        if domains and claims and claims.get("hd") not in domains:
            raise NotAuthorized("rule google_hosted_domains: hd is none of them")

    async def _load_metadata(self) -> Metadata:
        own = self._settings.oidc_issuer_url
        return with_configured(replace(GOOGLE, issuer=own) if own else GOOGLE, self._settings)
