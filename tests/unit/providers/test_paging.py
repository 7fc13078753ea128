"""A list is read page by page, on its own origin, to its end."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.errors import ProviderMisbehaved
from sidegate.core.ports import FetchResponse
from sidegate.providers.paging import next_link, pages

FIRST = "https://api.example/orgs?per_page=100"
NEXT = "https://api.example/orgs?per_page=100&page=2"


def linked(value: str) -> FetchResponse:
    return FetchResponse(200, {"link": value}, b"")


@pytest.mark.parametrize(
    ("value", "url"),
    [
        (f'<{NEXT}>; rel="next"', NEXT),
        (f'<https://api.example/1>; rel="prev", <{NEXT}>; rel="next", </9>; rel="last"', NEXT),
        (f"<{NEXT}>;rel=next", NEXT),
        (f'<{NEXT}>; title="a, b <c>; x" ; REL = "last NEXT"', NEXT),
        ('</orgs?a=1,2>; rel="next"', "https://api.example/orgs?a=1,2"),
        ('<?page=3>; rel="next"', "https://api.example/orgs?page=3"),
        (f'<{NEXT}>; rel="nextish"', None),
        (f'<{NEXT}>; foo="; rel=next', None),
        ('<https://[>; rel="next"', "https://["),
        (NEXT, None),
        ("", None),
    ],
)
def test_the_next_page_is_the_link_that_says_so(value: str, url: str | None) -> None:
    assert next_link(linked(value), FIRST) == url


def test_a_page_without_links_is_the_last() -> None:
    assert next_link(FetchResponse(200, {}, b""), FIRST) is None


@given(st.text(max_size=80) | st.text('<>;,"rel=next \\[]https://', max_size=80))
def test_whatever_a_field_says_there_is_a_link_or_none(value: str) -> None:
    assert isinstance(next_link(linked(value), FIRST), str | None)


class Api:
    def __init__(self, *links: str) -> None:
        self.links = list(links)
        self.asked: list[str] = []

    async def get(self, url: str) -> FetchResponse:
        self.asked.append(url)
        return linked(self.links.pop(0))


async def read(api: Api, *, most: int = 5, enough: int = 99) -> int:
    count = 0
    async for _ in pages(api.get, FIRST, "orgs", most=most):
        count += 1
        if count == enough:
            break
    return count


def test_pages_are_followed_to_the_last() -> None:
    api = Api(f'<{NEXT}>; rel="next"', "")
    assert asyncio.run(read(api)) == 2
    assert api.asked == [FIRST, NEXT]


def test_whoever_has_seen_enough_asks_for_no_more() -> None:
    api = Api(f'<{NEXT}>; rel="next"')
    assert asyncio.run(read(api, enough=1)) == 1


def test_the_last_page_that_is_allowed_may_be_the_last() -> None:
    api = Api(f'<{NEXT}>; rel="next"', "")
    assert asyncio.run(read(api, most=2)) == 2


def test_a_list_without_an_end_is_an_error() -> None:
    api = Api(*[f'<{NEXT}>; rel="next"'] * 5)
    with pytest.raises(ProviderMisbehaved, match="more than 5 pages"):
        asyncio.run(read(api))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/orgs",
        "http://api.example/orgs",
        "https://api.example:8443/orgs",
        "https://api.example@evil.example/",
        "https://user@api.example/",
        "//evil.example/",
        "https://[",
        "ftp:x",
    ],
)
def test_a_page_elsewhere_is_never_asked_for(url: str) -> None:
    api = Api(f'<{url}>; rel="next"')
    with pytest.raises(ProviderMisbehaved, match="another origin"):
        asyncio.run(read(api))
    assert api.asked == [FIRST]


def test_other_ways_to_name_the_next_page_can_be_handed_in() -> None:
    async def run() -> list[str]:
        api = Api("", "")
        follow = {FIRST: NEXT}
        async for _ in pages(api.get, FIRST, "x", following=lambda _, url: follow.get(url)):
            pass
        return api.asked

    assert asyncio.run(run()) == [FIRST, NEXT]
