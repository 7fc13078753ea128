"""GitHub, GitHub Enterprise Server, and what speaks its API (Gitea, Forgejo).

Rule 1: a person is their numeric id: a login can be given up and be registered by somebody else.
Rule 2: names of organizations, teams and people are the same in any case, as they are there.
Rule 3: each restriction that is configured has to hold, unless `github_users` names the person; at
each renewal they are looked at again.
"""

from typing import ClassVar, Final
from urllib.parse import urlsplit

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import NotAuthorized, SingleSignOnRequired
from sidegate.core.identity import Identity
from sidegate.core.ports import Clock, Fetch, Turn
from sidegate.core.secret import Secret
from sidegate.oidc.claims import ClaimNames, identity_of
from sidegate.providers.credentials import Credentials
from sidegate.providers.github_access import restrictions_of
from sidegate.providers.github_api import GitHubApi
from sidegate.providers.oauth2 import OAuth2Provider, subject_of

SITE: Final = "https://github.com"
AUTHORIZE: Final = "/login/oauth/authorize"


class GitHubProvider(OAuth2Provider):
    """Implements `core.ports.Provider` for GitHub."""

    name: ClassVar = "GitHub"
    default_scope: ClassVar = "user:email read:org"
    hint_parameter: ClassVar = "login"
    client_methods: ClassVar = ("client_secret_post",)
    error_aliases: ClassVar = {  # which come with status 200
        "bad_verification_code": "invalid_grant",
        "bad_refresh_token": "invalid_grant",
        "incorrect_client_credentials": "invalid_client",
    }

    def __init__(
        self,
        settings: ProviderSettings,
        fetch: Fetch,
        clock: Clock,
        *,
        credentials: Credentials,
        needs_groups: bool,
        turn: Turn,
    ) -> None:
        super().__init__(
            settings, fetch, clock, credentials=credentials, needs_groups=needs_groups, turn=turn
        )
        site = site_of(settings.login_url) if settings.login_url else SITE
        self.login_url = settings.login_url or site + AUTHORIZE
        self.redeem_url = settings.redeem_url or f"{site}/login/oauth/access_token"
        self.profile_url = (settings.validate_url or api_of(site)).rstrip("/")
        self._restrictions = restrictions_of(settings)
        self._tells_groups = settings.wants_groups or needs_groups

    async def person(self, token: Secret[str]) -> Identity:
        """Return whom this token is about.

        Raises NotAuthorized for somebody whom a restriction keeps out, SingleSignOnRequired when
        that may be why, GrantRejected when the token or the account is gone, and ProviderError.
        """
        api = GitHubApi(self._fetch, self.profile_url, token)
        account = await api.user()
        login = subject_of(account.get("login"), "user: login")
        by_login = self._settings.github_user_claim == "login"
        subject = login if by_login else subject_of(account.get("id"), "user: id")
        claims = {
            **account,
            "sub": subject,
            "preferred_username": login,
            "groups": await self._admitted(api, login),
            "email": await api.primary_email(),  # never the profile's own: nobody verified it
        }
        kept = self._settings.kept_claims
        return identity_of(claims, {}, ClaimNames("email", "groups", kept=kept))

    async def _validate(self, token: Secret[str]) -> None:
        """Do nothing: `validate_url` is where the API is, and `person` asks there."""

    async def _admitted(self, api: GitHubApi, login: str) -> list[str]:
        """Return the groups of somebody whom no restriction keeps out; else raise SignInError."""
        rules = self._restrictions
        groups = await self._groups(api, is_free=rules.names(login))
        rule = rules.refusal(login, groups)
        if rule is None and rules.repository and not rules.names(login):
            rule = None if await self._reaches_repository(api, login) else "github_repo"
        if rule is None:
            return groups if self._tells_groups else []
        why = f"rule {rule} refuses {login}" + (f" ({api.hint})" if api.hint else "")
        if api.wants_sign_on and rule != "github_user":
            raise SingleSignOnRequired(why)
        raise NotAuthorized(why)

    async def _groups(self, api: GitHubApi, *, is_free: bool) -> list[str]:
        """Return organizations and teams as far as somebody looks at them."""
        rules = self._restrictions
        if self._tells_groups:
            return await api.organizations() + await api.teams()
        if is_free:
            return []
        if rules.teams:
            return await api.teams(rules.settles)
        return await api.organizations(rules.settles) if rules.organization else []

    async def _reaches_repository(self, api: GitHubApi, login: str) -> bool:
        """Say whether somebody may push to the repository, or read it where it is private."""
        name, token = self._restrictions.repository, self._settings.github_token
        if token.reveal():
            return await api.is_collaborator(name, login, token)
        repository = await api.repository(name)
        permissions = repository.get("permissions")
        if not isinstance(permissions, dict):
            return False
        may_read = repository.get("private") is True and permissions.get("pull") is True
        return may_read or permissions.get("push") is True


def site_of(login_url: str) -> str:
    """Return the site that an authorization endpoint belongs to, which may be below a path."""
    address = login_url.partition("?")[0]
    site = address.removesuffix(AUTHORIZE)
    if site != address:
        return site
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def api_of(site: str) -> str:
    """Return where a site has its API; `ghe.com` is GitHub Enterprise Cloud, others are Servers."""
    host = urlsplit(site).hostname or ""
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{site}/api/v3"
