"""Active Directory Federation Services: OpenID Connect, a resource, names as addresses."""

from typing import ClassVar

from sidegate.core.identity import Identity
from sidegate.oidc.claims import Claims, find, is_plain_address
from sidegate.providers.oidc import OidcProvider


class AdfsProvider(OidcProvider):
    """A farm of one organization, whose directory vouches for its names."""

    name: ClassVar = "AD FS"
    userinfo_tells_more: ClassVar = False  # it tells the subject and nothing else
    knows_groups_scope: ClassVar = False

    def extra_parameters(self) -> tuple[tuple[str, str], ...]:
        """Return the resource (relying party) that the access token is for."""
        return (("resource", self._settings.resource),)

    def person(self, claims: Claims, userinfo: Claims) -> Identity:
        """Return who verified claims describe; `upn` is the address of whoever has no other."""
        upn = claims.get("upn")
        is_missing = find(claims, "email") is None and find(userinfo, "email") is None
        if self.names.email == "email" and is_missing and isinstance(upn, str):
            claims = {**claims, "email": upn} if is_plain_address(upn) else claims
        return super().person(claims, userinfo)
