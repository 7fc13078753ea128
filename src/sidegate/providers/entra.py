"""Microsoft Entra ID, under its own name and as the older `azure`.

Rule 1: a token is of the tenant whose issuer it names, signed by a key of that tenant.
Rule 2: an email address counts only where somebody vouches that it belongs to the person: the one
tenant that may sign in here, or Microsoft, with `xms_edov`. In any other tenant an administrator
can write anybody's address into an account of theirs.
Rule 3: groups that the ID token has no room for are asked for, at sign-in and at each refresh.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Final
from urllib.parse import urlsplit

from sidegate.core.errors import EmailUnverified, IssuerMismatch, NotAuthorized
from sidegate.core.identity import Identity
from sidegate.core.secret import Secret
from sidegate.oidc.claims import Claims, is_plain_address
from sidegate.oidc.entra_issuer import (
    TENANT,
    assumed_issuer,
    check_named_issuer,
    is_shared,
    issuer_of,
    keys_for,
    tenant_of,
)
from sidegate.oidc.metadata import Metadata, discovery_url, parse_metadata
from sidegate.oidc.urls import origin_of
from sidegate.providers.documents import get_document
from sidegate.providers.endpoints import with_configured
from sidegate.providers.graph import groups_of
from sidegate.providers.key_set import Keys
from sidegate.providers.oidc import OidcProvider

_GRAPH: Final = "https://graph.microsoft.com"
_GRAPH_OF_LOGIN: Final = {
    "login.microsoftonline.us": "https://graph.microsoft.us",
    "login.partner.microsoftonline.cn": "https://microsoftgraph.chinacloudapi.cn",
    "login.chinacloudapi.cn": "https://microsoftgraph.chinacloudapi.cn",
}
_USERINFO_OF_GRAPH: Final = "/oidc/userinfo"
_TRUE: Final = (True, 1, "1", "true")


class EntraProvider(OidcProvider):
    """`entra-id`: the endpoints of today (v2.0), groups from the ID token or from Graph."""

    name: ClassVar = "Microsoft"
    userinfo_tells_more: ClassVar = False
    knows_groups_scope: ClassVar = False  # it refuses a sign-in that asks for it

    def assertion_audience(self) -> str:
        """Return the token endpoint: the issuer may be a template, which is nobody's."""
        return self.metadata().token_endpoint

    def can_do_without(self) -> bool:
        """Say whether people may sign in without their groups: where no rule asks for any."""
        return not self._needs_groups

    def check_issuer(self, issuer: str | None) -> None:
        """Compare `iss` of a callback, with the template where many tenants are behind it."""
        named = self.metadata().issuer
        if issuer is not None and TENANT in named:
            if named.replace(TENANT, tenant_of(issuer) or "?") != issuer.lower():
                raise IssuerMismatch(f"iss of the callback does not fit {named!r}")
            return
        super().check_issuer(issuer)

    def speaks_as(self, issuer: str) -> bool:
        """Say whether a token of this issuer is one of this provider, should it be genuine."""
        named = self._metadata.issuer if self._metadata else self.issuer
        return super().speaks_as(issuer) or named.replace(TENANT, tenant_of(issuer)) == issuer

    def trust(self, keys: Keys, unverified: Callable[[], Claims]) -> tuple[str | None, Keys]:
        """Return the issuer of the tenant that a token is of, and the keys of that tenant."""
        issuer = issuer_of(self.metadata().issuer, unverified())
        skips = self._settings.insecure_oidc_skip_issuer_verification
        return None if skips else issuer, keys_for(issuer, keys)

    def person(self, claims: Claims, userinfo: Claims) -> Identity:
        """Return who verified claims describe. Raises NotAuthorized for a foreign tenant."""
        allowed = self._settings.entra_id_allowed_tenants
        if allowed and tenant_of(_issuer(claims)) not in allowed:
            raise NotAuthorized("rule entra_id_allowed_tenants")
        if self.names.email == "email":
            claims = self._with_trusted_email(claims)
            userinfo = _without_email(userinfo)
        return super().person(claims, userinfo)

    async def complete(self, identity: Identity, claims: Claims, token: Secret[str]) -> Identity:
        """Return the person with their groups of Graph, where the ID token does not tell them."""
        field = self._settings.azure_graph_group_field or "id"
        is_wanted = self._needs_groups or self._settings.wants_groups
        if not is_wanted or not self.asks_graph(claims):
            return identity
        groups = await groups_of(self._fetch, self.graph(), token, field)
        return replace(identity, groups=groups)

    def asks_graph(self, claims: Claims) -> bool:
        """Say whether the groups have to be asked for: too many for the token, or by name."""
        return self._settings.azure_graph_group_field == "displayName" or has_overage(claims)

    def graph(self) -> str:
        """Return the origin of Graph in the cloud where people sign in."""
        metadata = self.metadata()
        if urlsplit(metadata.userinfo_endpoint).path == _USERINFO_OF_GRAPH:
            return origin_of(metadata.userinfo_endpoint)
        host = urlsplit(metadata.token_endpoint).hostname or ""
        return _GRAPH_OF_LOGIN.get(host, _GRAPH)

    async def _load_metadata(self) -> Metadata:
        settings = self._settings
        if settings.skip_oidc_discovery:
            metadata = await super()._load_metadata()
            return replace(metadata, issuer=assumed_issuer(metadata.issuer))
        configured = settings.oidc_issuer_url
        document = await get_document(self._fetch, discovery_url(configured), "discovery document")
        metadata = parse_metadata(document, configured, skip_issuer_check=True)
        if not settings.insecure_oidc_skip_issuer_verification:
            check_named_issuer(metadata.issuer, configured)
        return with_configured(metadata, settings)

    def _with_trusted_email(self, claims: Claims) -> Claims:
        """Return claims whose email belongs to the person; the others without."""
        is_own_tenant = not is_shared(self.metadata().issuer)
        if claims.get("email"):
            is_known = claims.get("xms_edov")
            if self._settings.insecure_oidc_allow_unverified_email or is_known in _TRUE:
                return claims
            if is_known is not None:
                raise EmailUnverified("xms_edov says that the domain of the address is not theirs")
            return claims if is_own_tenant else _without_email(claims)
        if is_own_tenant and claims.get("idp", _issuer(claims)) == _issuer(claims):
            # A member's sign-in name is in a domain that the tenant has proved to own.
            name = claims.get("upn") or claims.get("preferred_username")
            if isinstance(name, str) and is_plain_address(name):
                return {**claims, "email": name}
        return claims


class AzureProvider(EntraProvider):
    """`azure`: the older endpoints (v1) unless the issuer is of today, and a resource."""

    def least_scope(self) -> str:
        """Return the one scope that the older endpoints know, or those of today."""
        is_older = "/v2.0" not in self.metadata().authorization_endpoint
        return "openid" if is_older else super().least_scope()

    def extra_parameters(self) -> tuple[tuple[str, str], ...]:
        """Return the resource that the access token is for; the older endpoints know no scopes."""
        return (("resource", self._settings.resource),)

    def token_parameters(self) -> tuple[tuple[str, str], ...]:
        """Return the resource again."""
        return (("resource", self._settings.resource),) if self._settings.resource else ()

    def asks_graph(self, claims: Claims) -> bool:
        """Say whether groups have to be asked for: also where the ID token tells none at all."""
        is_silent = self._needs_groups and bool(claims) and "groups" not in claims
        return is_silent or super().asks_graph(claims)

    def graph(self) -> str:
        """Return the origin of `profile_url`, which is an address of Graph here."""
        profile = self._settings.profile_url
        return origin_of(profile) if profile else super().graph()

    async def _load_metadata(self) -> Metadata:
        # Its userinfo takes no token of another resource, and `profile_url` is none.
        return replace(await super()._load_metadata(), userinfo_endpoint="")


def has_overage(claims: Claims) -> bool:
    """Say whether somebody is in more groups than fit into their token (distributed claims)."""
    elsewhere = claims.get("_claim_names")
    is_elsewhere = isinstance(elsewhere, dict) and "groups" in elsewhere
    return is_elsewhere or claims.get("hasgroups") in _TRUE


def _issuer(claims: Claims) -> str:
    """Return the issuer; it may be missing only where nobody compares it."""
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else ""


def _without_email(claims: Claims) -> Claims:
    return {name: value for name, value in claims.items() if name != "email"}
