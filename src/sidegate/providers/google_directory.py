"""Google's directory (Admin SDK): who is in which group.

A call needs the rights of an administrator, never the person's own: `rights` bring them.
"""

from typing import Any, Final, Protocol
from urllib.parse import quote, urlencode

from sidegate.core.errors import ProviderMisbehaved
from sidegate.core.ports import Fetch, FetchResponse
from sidegate.core.secret import Secret
from sidegate.oidc.strict_json import JsonRejected, parse_object
from sidegate.providers.documents import ask

API: Final = "https://admin.googleapis.com/admin/directory/v1"
_PAGE: Final = 200  # groups, the most that one answer holds
_MOST_PAGES: Final = 20


class Rights(Protocol):
    """What an administrator may do."""

    async def token(self) -> Secret[str]:
        """Return an access token. Raises ProviderError."""


class Directory:
    """Asks the directory. What it cannot tell is ProviderUnavailable or ProviderMisbehaved."""

    def __init__(self, fetch: Fetch, rights: Rights) -> None:
        self._fetch = fetch
        self._rights = rights

    async def groups_among(self, groups: tuple[str, ...], email: str) -> tuple[str, ...]:
        """Return those of `groups` (addresses) in which somebody is, also through other groups."""
        return tuple([group for group in groups if await self._has_member(group, email)])

    async def groups_of(self, email: str) -> tuple[str, ...]:
        """Return the addresses of all groups in which somebody is directly."""
        found: list[str] = []
        token = ""
        for _ in range(_MOST_PAGES):
            query = {"userKey": email, "maxResults": str(_PAGE)}
            if token:
                query["pageToken"] = token
            page = _object(await self._ask(f"/groups?{urlencode(query)}", "groups"), "groups")
            found += [_text(group, "email") for group in _objects(page, "groups")]
            token = _text(page, "nextPageToken")
            if not token:
                return tuple(dict.fromkeys(filter(None, found)))
        raise ProviderMisbehaved(f"groups: more than {_MOST_PAGES * _PAGE} of one person")

    async def organization_id(self, email: str) -> str:
        """Return the id that the organization gave somebody, empty for none."""
        path = f"/users/{_segment(email)}?fields=externalIds"
        user = _object(await self._ask(path, "user"), "user")
        for entry in _objects(user, "externalIds"):
            if entry.get("type") == "organization":
                return _text(entry, "value")
        return ""

    async def _has_member(self, group: str, email: str) -> bool:
        """Say whether somebody is in a group.

        `hasMember` follows groups in groups, but answers 400 for people outside the organization;
        those are looked up as direct members.
        """
        base = f"/groups/{_segment(group)}"
        what = f"members of {group}"
        answer = await self._ask(f"{base}/hasMember/{_segment(email)}", what)
        if answer.status != 400:
            return answer.status != 404 and _object(answer, what).get("isMember") is True
        answer = await self._ask(f"{base}/members/{_segment(email)}", what)
        return answer.status != 404 and _object(answer, what).get("status") == "ACTIVE"

    async def _ask(self, path: str, what: str) -> FetchResponse:
        token = await self._rights.token()
        return await ask(self._fetch, API + path, f"directory, {what}", token)


def _segment(text: str) -> str:
    return quote(text, safe="@")


def _object(answer: FetchResponse, what: str) -> dict[str, Any]:
    if answer.status != 200:
        raise ProviderMisbehaved(f"directory, {what}: Google answered {answer.status}")
    try:
        return parse_object(answer.body)
    except JsonRejected as error:
        raise ProviderMisbehaved(f"directory, {what}: {error}") from None


def _objects(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = value.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _text(value: dict[str, Any], name: str) -> str:
    text = value.get(name)
    return text if isinstance(text, str) else ""
