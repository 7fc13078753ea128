"""Microsoft Graph as a script of requests and answers, as its documents have them."""

import asyncio
from typing import Any

import pytest

from sidegate.core.errors import ProviderError, ProviderMisbehaved, ProviderUnavailable
from sidegate.core.secret import Secret
from sidegate.providers.graph import groups_of
from tests.unit.providers.script import ScriptedFetch, reply

GRAPH = "https://graph.microsoft.com"
FIRST = f"GET {GRAPH}/v1.0/me/transitiveMemberOf?$select=id&$top=100"
BY_NAME = f"GET {GRAPH}/v1.0/me/transitiveMemberOf?$select=displayName,securityEnabled&$top=100"
NEXT = f"{GRAPH}/v1.0/me/transitiveMemberOf?$select=id&$top=100&$skiptoken=RFNwdAIAAQ"
GROUP = {"@odata.type": "#microsoft.graph.group"}
ROLE = {"@odata.type": "#microsoft.graph.directoryRole"}


def ask(fetch: ScriptedFetch, field: str = "id") -> tuple[str, ...]:
    return asyncio.run(groups_of(fetch, GRAPH, Secret("canary-at"), field))


@pytest.fixture
def fetch() -> ScriptedFetch:
    return ScriptedFetch()


def test_every_page_is_read_once_with_the_token(fetch: ScriptedFetch) -> None:
    first = {"value": [{**GROUP, "id": "g1"}, {**GROUP, "id": "g2"}], "@odata.nextLink": NEXT}
    fetch.expect(FIRST, reply(first))
    fetch.expect(f"GET {NEXT}", reply({"value": [{**GROUP, "id": "g2"}, {"id": "g3"}]}))
    assert ask(fetch) == ("g1", "g2", "g3")
    for request in fetch.asked:
        assert ("Authorization", "Bearer canary-at") in request.headers
        assert ("ConsistencyLevel", "eventual") in request.headers
    assert fetch.is_played()


def test_what_is_no_group_is_left_out(fetch: ScriptedFetch) -> None:
    odd: list[Any] = [{**ROLE, "id": "r"}, {**GROUP, "id": None}, {**GROUP}, "x", {"id": "a\nb"}]
    fetch.expect(FIRST, reply({"value": [*odd, {**GROUP, "id": "g"}]}))
    assert ask(fetch) == ("g",)


def test_by_name_only_security_groups_count(fetch: ScriptedFetch) -> None:
    members = [
        {**GROUP, "displayName": "Staff", "securityEnabled": True},
        {**GROUP, "displayName": "Admins", "securityEnabled": False},
        {**GROUP, "displayName": "Admins", "securityEnabled": None},
        {**ROLE, "displayName": "Global Administrator", "securityEnabled": True},
    ]
    fetch.expect(BY_NAME, reply({"value": members}))
    assert ask(fetch, "displayName") == ("Staff",)


@pytest.mark.parametrize(
    "link", ["https://evil.example/v1.0/me", "http://graph.microsoft.com/", "//evil.example/", 5]
)
def test_a_next_page_elsewhere_never_gets_the_token(fetch: ScriptedFetch, link: Any) -> None:
    fetch.expect(FIRST, reply({"value": [], "@odata.nextLink": link}))
    with pytest.raises(ProviderMisbehaved):
        ask(fetch)
    assert len(fetch.asked) == 1


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, ProviderMisbehaved, "User.Read"),
        (403, ProviderMisbehaved, "GroupMember.Read.All"),
        (404, ProviderMisbehaved, "404"),
        (302, ProviderMisbehaved, "302"),
        (429, ProviderUnavailable, "429"),
        (503, ProviderUnavailable, "503"),
    ],
)
def test_a_failure_is_never_a_short_list(
    fetch: ScriptedFetch, status: int, error: type[ProviderError], words: str
) -> None:
    fetch.expect(FIRST, reply({"value": [{**GROUP, "id": "g1"}], "@odata.nextLink": NEXT}))
    fetch.expect(f"GET {NEXT}", reply({"error": {"code": "canary"}}, status))
    with pytest.raises(error, match=words) as caught:
        ask(fetch)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"value": {}}', b"{}"])
def test_an_answer_that_is_no_list_is_the_providers_fault(
    fetch: ScriptedFetch, body: bytes
) -> None:
    fetch.expect(FIRST, reply(body))
    with pytest.raises(ProviderMisbehaved):
        ask(fetch)
