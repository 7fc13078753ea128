"""Keycloak: its roles are groups too, `role:NAME` of the realm and `role:CLIENT:NAME` of a client.

Rule 1: a role counts only from a token whose signature was verified; Keycloak writes roles into
the access token, which others read without asking anybody.
Rule 2: what begins with `role:` is a role and nothing else: a group of that name does not count.
"""

from dataclasses import replace
from typing import ClassVar

from sidegate.config.checks.keycloak import ROLE
from sidegate.core.errors import IdTokenRejected
from sidegate.core.identity import Identity
from sidegate.core.secret import Secret
from sidegate.oidc.access_token import verify_access_token
from sidegate.oidc.bearer_field import is_jwt
from sidegate.oidc.claims import Claims, has_controls
from sidegate.providers.key_set import Keys
from sidegate.providers.oidc import OidcProvider


class KeycloakProvider(OidcProvider):
    """Adds roles, as the verified tokens of each sign-in and each refresh have them."""

    name: ClassVar = "Keycloak"

    def person(self, claims: Claims, userinfo: Claims) -> Identity:
        """Return who verified claims describe, with their roles."""
        found = super().person(claims, userinfo)
        return replace(found, groups=_joined(_groups(found.groups), roles_of(claims)))

    def stranger(self, claims: Claims) -> Identity:
        """Return who a token of another issuer describes: there too, a role is no group."""
        return self.person(claims, {})

    async def complete(self, identity: Identity, claims: Claims, token: Secret[str]) -> Identity:
        """Return the person with the roles of the access token; roles of before are gone."""
        # A refresh without an ID token hands in the person of before, whose roles may be taken by
        # now, with groups of userinfo, which may have the names of roles.
        kept = identity.groups if claims else _groups(identity.groups)
        roles: tuple[str, ...] = ()
        if is_jwt(token.reveal()):
            told = await self.keys.claims(lambda keys: self._read(keys, token, identity.user))
            roles = roles_of(told)
        return replace(identity, groups=_joined(kept, roles))

    def _read(self, keys: Keys, token: Secret[str], subject: str) -> Claims:
        issuer, keys = self.trust(keys, dict)
        return verify_access_token(
            token.reveal(),
            keys=keys,
            issuer=issuer,
            client_id=self._settings.client_id,
            audiences=self.audiences,
            subject=subject,
            algorithms=self._algorithms,
            now=self._clock(),
        )


def roles_of(claims: Claims) -> tuple[str, ...]:
    """Return the roles of the realm and of clients. Raises IdTokenRejected for unfit names."""
    of_realm = [f"{ROLE}{role}" for role in _names(claims.get("realm_access"))]
    clients = claims.get("resource_access")
    of_clients = [
        f"{ROLE}{client}:{role}"
        for client, access in (clients.items() if isinstance(clients, dict) else ())
        for role in _names(access)
    ]
    roles = (*of_realm, *of_clients)
    if any(map(has_controls, roles)):
        raise IdTokenRejected("a role has control characters")
    return roles


def _names(access: object) -> list[str]:
    roles = access.get("roles") if isinstance(access, dict) else None
    return [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []


def _groups(groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(group for group in groups if not group.startswith(ROLE))


def _joined(groups: tuple[str, ...], roles: tuple[str, ...]) -> tuple[str, ...]:
    """Return each once, in order."""
    return tuple(dict.fromkeys((*groups, *roles)))
