"""Lists that come in pages: each names the next one, on the same origin, and there is an end.

Rule 1: a token goes where the first page was and nowhere else, whatever a page says.
Rule 2: a list without an end is an error, not a list that was cut.
"""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final
from urllib.parse import urljoin, urlsplit

from sidegate.core.errors import ProviderMisbehaved
from sidegate.core.ports import FetchResponse

MOST_PAGES: Final = 50
# One link-value of RFC 8288 section 3: an address in angle brackets, and its parameters.
_LINK = re.compile(r'<(?P<url>[^<>]*+)>(?P<parameters>(?:[^",<]|"(?:[^"\\]|\\.)*+")*+)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^";,\s]+))', re.IGNORECASE)

Get = Callable[[str], Awaitable[FetchResponse]]
"""Fetches one page by its address. Raises ProviderError for anything that is none."""

Following = Callable[[FetchResponse, str], str | None]
"""Returns the address of the page after this one, which came from that address; None: the last."""


def next_link(response: FetchResponse, url: str) -> str | None:
    """Return the address that the `Link` field calls next (RFC 8288), resolved against `url`."""
    for link in _LINK.finditer(response.headers.get("link", "")):
        relation = _REL.search(link["parameters"])
        if relation and "next" in (relation[1] or relation[2] or "").lower().split():
            return _resolved(url, link["url"])
    return None


def _resolved(url: str, link: str) -> str:
    try:
        return urljoin(url, link)
    except ValueError:  # no address at all, and on no origin
        return link


async def pages(
    get: Get, first: str, what: str, *, following: Following = next_link, most: int = MOST_PAGES
) -> AsyncGenerator[FetchResponse, None]:
    """Yield the pages from `first` on; whoever has seen enough just stops, and no more are asked.

    `what` names the list in messages. Raises ProviderMisbehaved when a page leads to another
    origin, or when there are more than `most`.
    """
    url: str | None = first
    for _ in range(most):
        if url is None:
            return
        if not _same_origin(url, first):
            raise ProviderMisbehaved(f"{what}: the next page is on another origin")
        page = await get(url)
        yield page
        url = following(page, url)
    if url is not None:
        raise ProviderMisbehaved(f"{what}: there are more than {most} pages")


def _same_origin(one: str, other: str) -> bool:
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str]:
    """Return scheme and authority as written: a spelling with a default port is another one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc.lower()
