"""Groups of a person from Microsoft Graph, where their ID token has no room for them.

Rule 1: what is no group is left out: a directory role may have any name.
Rule 2: by name, only groups that are security groups count. Whoever may create a team may give
it any name, and names are not unique.
"""

from collections.abc import Iterator
from typing import Any, Final

from sidegate.core.errors import ProviderMisbehaved
from sidegate.core.ports import Fetch, FetchResponse
from sidegate.core.secret import Secret
from sidegate.oidc.claims import has_controls
from sidegate.oidc.strict_json import JsonRejected, parse_object
from sidegate.providers.documents import ask
from sidegate.providers.paging import pages

_WHAT: Final = "groups from Microsoft Graph"
_PATH: Final = "/v1.0/me/transitiveMemberOf?$select={fields}&$top=100"
_FIELDS: Final = {"id": "id", "displayName": "displayName,securityEnabled"}
_GROUP: Final = "#microsoft.graph.group"
# Large collections answer advanced questions only with this.
_MORE: Final = (("ConsistencyLevel", "eventual"),)


async def groups_of(fetch: Fetch, origin: str, token: Secret[str], field: str) -> tuple[str, ...]:
    """Return the groups of the owner of `token`, direct and nested, each once.

    `origin`: where Graph is. `field`: `id` or `displayName`. Raises ProviderError; a part of the
    list is never returned as the whole.
    """

    async def get(url: str) -> FetchResponse:
        return _checked(await ask(fetch, url, _WHAT, token, more=_MORE))

    first = origin + _PATH.format(fields=_FIELDS[field])
    found: dict[str, None] = {}
    async for page in pages(get, first, _WHAT, following=_following):
        found.update(dict.fromkeys(_names(page, field)))
    return tuple(found)


def _checked(response: FetchResponse) -> FetchResponse:
    if response.status in {401, 403}:
        raise ProviderMisbehaved(
            f"{_WHAT}: answered {response.status}; has the application the delegated permissions"
            " User.Read and, for names, GroupMember.Read.All, with the consent of an administrator?"
        )
    if response.status != 200:
        raise ProviderMisbehaved(f"{_WHAT}: answered {response.status}")
    return response


def _following(page: FetchResponse, _url: str) -> str | None:
    link = _parsed(page).get("@odata.nextLink")
    if link is None or isinstance(link, str):
        return link
    raise ProviderMisbehaved(f"{_WHAT}: the link to the next page is no text")


def _names(page: FetchResponse, field: str) -> Iterator[str]:
    members = _parsed(page).get("value")
    if not isinstance(members, list):
        raise ProviderMisbehaved(f"{_WHAT}: a page has no list")
    for member in members:
        if not isinstance(member, dict) or member.get("@odata.type", _GROUP) != _GROUP:
            continue
        if field == "displayName" and member.get("securityEnabled") is not True:
            continue
        name = member.get(field)
        if isinstance(name, str) and name and not has_controls(name):
            yield name


def _parsed(page: FetchResponse) -> dict[str, Any]:
    try:
        return parse_object(page.body)
    except JsonRejected as error:
        raise ProviderMisbehaved(f"{_WHAT}: {error}") from None
