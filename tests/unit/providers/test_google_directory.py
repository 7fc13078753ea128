"""The directory: what it answers, and what it cannot tell. See also test_google."""

import asyncio

import pytest

from sidegate.core.errors import ProviderMisbehaved
from sidegate.core.secret import Secret
from sidegate.providers.google_directory import API, Directory
from tests.unit.providers.script import ScriptedFetch, reply


class Rights:
    """Has a token already."""

    async def token(self) -> Secret[str]:
        return Secret("admin-at")


def directory(fetch: ScriptedFetch) -> Directory:
    return Directory(fetch, Rights())


@pytest.mark.parametrize("body", [b"[]", b"no", b'{"isMember": "true"}', b"{}"])
def test_only_a_plain_yes_makes_a_member(body: bytes) -> None:
    fetch = ScriptedFetch()
    fetch.expect(f"GET {API}/groups/g@e.example/hasMember/a@e.example", reply(body))
    try:
        found = asyncio.run(directory(fetch).groups_among(("g@e.example",), "a@e.example"))
    except ProviderMisbehaved:
        found = ()
    assert found == ()


def test_an_address_cannot_change_the_address_that_is_asked() -> None:
    fetch = ScriptedFetch()
    asked = f"GET {API}/groups/g@e.example/hasMember/a%2F..%2Fx%3F@e.example"
    fetch.expect(asked, reply({"isMember": True}))
    found = asyncio.run(directory(fetch).groups_among(("g@e.example",), "a/../x?@e.example"))
    assert found == ("g@e.example",)


def test_nobody_is_in_more_groups_than_can_be_read() -> None:
    fetch = ScriptedFetch()
    url = f"GET {API}/groups?userKey=a%40e.example&maxResults=200"
    fetch.expect(url, reply({"groups": [{"email": "g@e.example"}, {"email": "g@e.example"}]}))
    assert asyncio.run(directory(fetch).groups_of("a@e.example")) == ("g@e.example",)
