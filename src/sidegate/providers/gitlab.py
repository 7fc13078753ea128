"""GitLab, at gitlab.com or one's own: OpenID Connect, groups from userinfo, projects from the API.

Rule 1: a person has the groups and projects that GitLab names today, at sign-in and at each
refresh; nothing is taken over from the configuration (CVE-2021-21411).
Rule 2: an address of which GitLab does not say that it is verified is none: anybody can type one.
"""

from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import NotAuthorized, ProviderMisbehaved
from sidegate.core.identity import Identity
from sidegate.core.ports import Clock, Fetch
from sidegate.core.secret import Secret
from sidegate.oidc.claims import Claims
from sidegate.oidc.strict_json import JsonRejected, parse_object
from sidegate.providers.documents import ask
from sidegate.providers.oidc import OidcProvider


class GitLabProvider(OidcProvider):
    """Implements `core.ports.Provider` over the OpenID Connect of GitLab.

    The projects of `gitlab_projects` are looked up with the person's own token (scope `read_api`);
    whoever has the level there is in the group `project:PATH`.
    """

    name: ClassVar = "GitLab"
    demands_verified_email: ClassVar = True

    def __init__(
        self,
        settings: ProviderSettings,
        fetch: Fetch,
        clock: Clock,
        *,
        needs_groups: bool,
        **others: Any,
    ) -> None:
        needs_groups = needs_groups or bool(settings.gitlab_groups)
        super().__init__(settings, fetch, clock, needs_groups=needs_groups, **others)

    def least_scope(self) -> str:
        """Return the least that tells who somebody is, and which projects are theirs."""
        return "openid email read_api" if self._settings.gitlab_projects else "openid email"

    async def complete(
        self,
        identity: Identity,
        claims: Claims,  # noqa: ARG002 - as the base has it
        token: Secret[str],
    ) -> Identity:
        """Return the person with their projects.

        Raises NotAuthorized for who is in no group and project that is wanted, ProviderError when
        nobody can tell.
        """
        projects = [
            f"project:{path}"
            for path, level in self._settings.gitlab_projects
            if await self._level(path, token) >= level
        ]
        # What a refresh hands in may be the person of before, whose projects are over.
        others = [group for group in identity.groups if not group.startswith("project:")]
        wanted = (*self._settings.gitlab_groups, *self._settings.gitlab_projects)
        if wanted and not projects and set(self._settings.gitlab_groups).isdisjoint(others):
            raise NotAuthorized("rule gitlab_groups and gitlab_projects: in none of them")
        return replace(identity, groups=(*others, *projects))

    async def _level(self, path: str, token: Secret[str]) -> int:
        """Return the access level of this person in a project, 0 for none.

        A project that they may not see is not found, and nobody works in an archived one.
        """
        url = f"{self._api()}/projects/{quote(path, safe='')}"
        answer = await ask(self._fetch, url, f"project {path}", token)
        if answer.status in {403, 404}:
            return 0
        if answer.status != 200:
            raise ProviderMisbehaved(f"project {path}: the provider answered {answer.status}")
        try:
            project = parse_object(answer.body)
        except JsonRejected as error:
            raise ProviderMisbehaved(f"project {path}: {error}") from None
        if project.get("archived") is not False:
            return 0
        permissions = project.get("permissions")
        found = permissions if isinstance(permissions, dict) else {}
        return max(_level_of(found.get(name)) for name in ("project_access", "group_access"))

    def _api(self) -> str:
        """Return the address of the API, which is where GitLab is: also below a path of a host."""
        return self._settings.oidc_issuer_url.rstrip("/") + "/api/v4"


def _level_of(access: Any) -> int:
    level = access.get("access_level") if isinstance(access, dict) else None
    return level if isinstance(level, int) and not isinstance(level, bool) else 0
