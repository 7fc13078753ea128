"""GitHub's API as far as a sign-in needs it, and Gitea's and Forgejo's, which speak alike.

https://docs.github.com/en/rest: users, emails, organizations, teams, repositories, collaborators.

Rule 1: a list is read page by page, and no further than somebody wants to know.
Rule 2: a token that is good for nothing is GrantRejected; somebody who is no member is an answer.
"""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any, Final
from urllib.parse import quote

from sidegate.core.errors import GrantRejected, ProviderMisbehaved, ProviderUnavailable
from sidegate.core.ports import Fetch, FetchResponse
from sidegate.core.secret import Secret
from sidegate.oidc.strict_json import JsonRejected, parse_json
from sidegate.providers.documents import ask
from sidegate.providers.paging import pages

ACCEPT: Final = "application/vnd.github+json"
VERSION: Final = (("X-GitHub-Api-Version", "2022-11-28"),)
SECONDARY_WAIT: Final = 60  # seconds, where GitHub's "secondary" limit names none
_UNSEEN: Final = frozenset({403, 404})
"""Statuses that hide something from somebody who may not see it."""

Until = Callable[[str], bool]
"""Says of a name in a list that no further page is needed."""


class GitHubApi:
    """Asks with one person's token. `base`: `https://api.github.com` or its like, without a slash.

    `hint`: for the log, why an organization or repository may be hidden. `wants_sign_on`: one is,
    until the person has passed its own single sign-on for this application.
    """

    def __init__(self, fetch: Fetch, base: str, token: Secret[str]) -> None:
        self._fetch = fetch
        self._base = base
        self._token = token
        self.hint = ""
        self.wants_sign_on = False

    async def user(self) -> dict[str, Any]:
        """Return the account. Raises GrantRejected when it is locked or the token is gone."""
        response = await self._get(f"{self._base}/user", "user")
        if response.status in _UNSEEN:
            raise GrantRejected(f"user: {response.status}: the account may be suspended")
        return _object(response, "user")

    async def primary_email(self) -> str:
        """Return the primary address if it is verified, else empty text.

        Empty text too where the application may not read addresses.
        """
        found = await self._pages("/user/emails", "emails", lambda page: bool(_primary(page)))
        return _primary(found[-1]) if found else ""

    async def organizations(self, until: Until = lambda _: False) -> list[str]:
        """Return the names of the person's organizations, up to the page that `until` ends."""
        return await self._names("/user/orgs", "organizations", _organization, until)

    async def teams(self, until: Until = lambda _: False) -> list[str]:
        """Return the person's teams as `organization:team`, by their short names (slugs)."""
        return await self._names("/user/teams", "teams", _team, until)

    async def repository(self, name: str) -> dict[str, Any]:
        """Return what the person sees of a repository, `owner/name`; nothing where it is hidden."""
        response = await self._get(f"{self._base}/repos/{quote(name)}", "repository")
        if response.status in _UNSEEN:
            return {}
        if 300 <= response.status < 400:  # who owns it now need not be who owned it
            self.hint = "the repository was renamed or moved; change github_repo"
            return {}
        return _object(response, "repository")

    async def is_collaborator(self, repository: str, login: str, token: Secret[str]) -> bool:
        """Ask with another token, of somebody who may know, whether a person collaborates."""
        path = f"/repos/{quote(repository)}/collaborators/{quote(login, safe='')}"
        url, what = self._base + path, "collaborators"
        response = await ask(self._fetch, url, what, token, accept=ACCEPT, more=VERSION)
        if response.status not in {204, 404}:
            raise ProviderMisbehaved(f"{what}: {response.status}; check github_token, github_repo")
        return response.status == 204

    async def _names(
        self, path: str, what: str, read: Callable[[dict[str, Any]], str], until: Until
    ) -> list[str]:
        def ends(page: list[dict[str, Any]]) -> bool:
            return any(until(read(one)) for one in page)

        found = await self._pages(path, what, ends)
        return [name for page in found for one in page if (name := read(one))]

    async def _pages(
        self, path: str, what: str, ends: Callable[[list[dict[str, Any]]], bool]
    ) -> list[list[dict[str, Any]]]:
        """Return the pages of a list up to one that ends it; none where the list is hidden."""
        found: list[list[dict[str, Any]]] = []

        async def get(url: str) -> FetchResponse:
            return await self._get(url, what)

        async with aclosing(pages(get, f"{self._base}{path}?per_page=100", what)) as answers:
            async for answer in answers:
                if answer.status in _UNSEEN:
                    self.hint = f"{what}: {answer.status}; check scope"
                    break
                found.append(_objects(answer, what))
                if ends(found[-1]):
                    break
        return found

    async def _get(self, url: str, what: str) -> FetchResponse:
        response = await ask(self._fetch, url, what, self._token, accept=ACCEPT, more=VERSION)
        if response.status == 401:
            raise GrantRejected(f"{what}: 401: the token was revoked")
        if response.status == 403 and b"secondary rate limit" in response.body.lower():
            raise ProviderUnavailable(f"{what}: secondary rate limit", wait=SECONDARY_WAIT)
        if "x-github-sso" in response.headers:
            self.wants_sign_on = True
        return response


def _primary(page: list[dict[str, Any]]) -> str:
    is_it = (one for one in page if one.get("primary") is True and one.get("verified") is True)
    return next((_text(one, "email") for one in is_it), "")


def _organization(one: dict[str, Any]) -> str:
    return _text(one, "login", "username")


def _team(one: dict[str, Any]) -> str:
    owner = one.get("organization")
    organization = _organization(owner) if isinstance(owner, dict) else ""
    team = _text(one, "slug", "name")
    return f"{organization}:{team}" if organization and team else ""


def _text(one: dict[str, Any], *names: str) -> str:
    """Return the first of these members that is a text. GitHub's name comes first, then Gitea's."""
    return next((found for name in names if isinstance(found := one.get(name), str)), "")


def _object(response: FetchResponse, what: str) -> dict[str, Any]:
    value = _value(response, what)
    if not isinstance(value, dict):
        raise ProviderMisbehaved(f"{what}: not an object")
    return value


def _objects(response: FetchResponse, what: str) -> list[dict[str, Any]]:
    value = _value(response, what)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ProviderMisbehaved(f"{what}: not a list of objects")
    return value


def _value(response: FetchResponse, what: str) -> Any:
    if response.status != 200:
        raise ProviderMisbehaved(f"{what}: the provider answered {response.status}")
    try:
        return parse_json(response.body)
    except JsonRejected as error:
        raise ProviderMisbehaved(f"{what}: {error}") from None
