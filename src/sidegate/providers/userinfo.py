"""Asks the UserInfo endpoint (OpenID Connect Core section 5.3) for what an ID token leaves out."""

from collections.abc import Callable

from sidegate.config.settings import ProviderSettings
from sidegate.core.ports import Clock, Fetch
from sidegate.core.secret import Secret
from sidegate.oidc.claims import ClaimNames, Claims, find
from sidegate.oidc.metadata import Metadata
from sidegate.oidc.userinfo import (
    ACCEPT,
    check_same_subject,
    is_signed,
    parse_userinfo,
    verify_userinfo,
)
from sidegate.providers.documents import get_answer
from sidegate.providers.key_set import Keys, KeySet


class Userinfo:
    """Userinfo at one provider. `discovered` returns what discovery brought, and algorithms.

    `needs_groups`: some rule asks for groups. `tells_more` False: the ID token says all there is.
    """

    def __init__(
        self,
        settings: ProviderSettings,
        fetch: Fetch,
        clock: Clock,
        keys: KeySet,
        names: ClaimNames,
        discovered: Callable[[], tuple[Metadata, tuple[str, ...]]],
        *,
        needs_groups: bool,
        tells_more: bool,
    ) -> None:
        self._settings = settings
        self._fetch = fetch
        self._clock = clock
        self._keys = keys
        self._names = names
        self._discovered = discovered
        self._needs_groups = needs_groups
        self._tells_more = tells_more

    def is_needed(self, claims: Claims, *, needs_groups: bool = False) -> bool:
        """Say whether the claims leave something out that is needed and userinfo may tell."""
        needs_groups = needs_groups or self._needs_groups
        has_groups = find(claims, self._names.groups) is not None or not needs_groups
        has_kept = all(find(claims, name) is not None for name in self._names.kept)
        has_all = find(claims, self._names.email) and has_groups and has_kept
        return self._tells_more and not has_all

    async def ask(self, subject: str, access_token: Secret[str], patience: float = 10.0) -> Claims:
        """Return what userinfo says of this person, nothing where it is not to be asked.

        `patience` in seconds. Raises IdTokenRejected when it is about somebody else or not signed
        as it should be, and ProviderError.
        """
        metadata, algorithms = self._discovered()
        endpoint = metadata.userinfo_endpoint
        if not endpoint or self._settings.skip_claims_from_profile_url:
            return {}
        response = await get_answer(
            self._fetch, endpoint, "userinfo", access_token, accept=ACCEPT, patience=patience
        )
        if not is_signed(response):
            return parse_userinfo(response.body, subject)

        def verified(keys: Keys) -> Claims:
            skips_issuer = self._settings.insecure_oidc_skip_issuer_verification
            return verify_userinfo(
                response.body,
                keys=keys,
                algorithms=algorithms,
                issuer=None if skips_issuer else metadata.issuer,
                client_id=self._settings.client_id,
                now=self._clock(),
            )

        told = await self._keys.claims(verified)
        check_same_subject(told, subject)
        return told
