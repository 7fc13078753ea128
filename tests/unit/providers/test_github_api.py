"""GitHub's API as a script of requests and answers."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import pytest

from sidegate.core.errors import (
    GrantRejected,
    ProviderError,
    ProviderMisbehaved,
    ProviderUnavailable,
)
from sidegate.core.ports import FetchResponse
from sidegate.core.secret import Secret
from sidegate.providers.github_api import GitHubApi
from tests.unit.providers.script import ScriptedFetch

BASE = "https://ghe.example/api/v3"
ORGS, TEAMS = f"GET {BASE}/user/orgs?per_page=100", f"GET {BASE}/user/teams?per_page=100"
EMAILS, REPO = f"GET {BASE}/user/emails?per_page=100", f"GET {BASE}/repos/acme/app"
MEMBERS = f"GET {BASE}/repos/acme/app/collaborators/alice"
TEAM = {"slug": "ops", "name": "Ops", "organization": {"login": "acme"}}


def answer(value: Any, status: int = 200, **headers: str) -> FetchResponse:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    fields = {name.replace("_", "-"): text for name, text in headers.items()}
    return FetchResponse(status, fields, body)


class Stage:
    def __init__(self, *script: tuple[str, FetchResponse]) -> None:
        self.fetch = ScriptedFetch()
        for line, reply in script:
            self.fetch.expect(line, reply)
        self.api = GitHubApi(self.fetch, BASE, Secret("canary-token"))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        found = asyncio.run(work)
        assert self.fetch.is_played()
        return found

    def organizations(self, *enough: str) -> list[str]:
        return list(self.run(self.api.organizations(lambda name: name in enough)))

    def teams(self) -> list[str]:
        return list(self.run(self.api.teams()))


def test_a_question_says_who_asks_and_which_version_it_speaks() -> None:
    stage = Stage((f"GET {BASE}/user", answer({"id": 1})))
    assert stage.run(stage.api.user()) == {"id": 1}
    headers = dict(stage.fetch.asked[0].headers)
    assert headers["Authorization"] == "Bearer canary-token"
    assert headers["Accept"] == "application/vnd.github+json"
    assert headers["X-GitHub-Api-Version"] == "2022-11-28"


def test_lists_are_read_to_their_end() -> None:
    second = f"{BASE}/user/orgs?per_page=100&page=2"
    stage = Stage(
        (ORGS, answer([{"login": "a"}], link=f'<{second}>; rel="next"')),
        (f"GET {second}", answer([{"login": "b"}])),
    )
    assert stage.organizations() == ["a", "b"]


def test_lists_are_read_no_further_than_somebody_wants_to_know() -> None:
    first = answer([{"login": "a"}], link=f'<{BASE}/user/orgs?page=2>; rel="next"')
    assert Stage((ORGS, first)).organizations("a") == ["a"]


def test_a_team_is_named_with_its_organization() -> None:
    assert Stage((TEAMS, answer([TEAM]))).teams() == ["acme:ops"]


def test_gitea_names_things_a_little_differently() -> None:
    assert Stage((ORGS, answer([{"username": "acme"}]))).organizations() == ["acme"]
    team = {"name": "Owners", "organization": {"username": "acme"}}
    assert Stage((TEAMS, answer([team]))).teams() == ["acme:Owners"]


@pytest.mark.parametrize("odd", [{}, {"login": 1}, {"login": None}])
def test_an_organization_without_a_name_is_none(odd: dict[str, Any]) -> None:
    assert Stage((ORGS, answer([odd]))).organizations() == []


@pytest.mark.parametrize(
    "odd", [{}, {**TEAM, "organization": None}, {**TEAM, "organization": {}}, {"slug": "x"}]
)
def test_a_team_without_an_organization_is_none(odd: dict[str, Any]) -> None:
    assert Stage((TEAMS, answer([odd]))).teams() == []


@pytest.mark.parametrize(
    ("emails", "found"),
    [
        ([{"email": "a@x.example", "primary": True, "verified": True}], "a@x.example"),
        ([{"email": "a@x.example", "primary": True, "verified": False}], ""),
        ([{"email": "a@x.example", "primary": False, "verified": True}], ""),
        ([{"email": "a@x.example", "primary": "true", "verified": "true"}], ""),
        (
            [
                {"email": "b@x.example", "primary": False, "verified": True},
                {"email": "a@x.example", "primary": True, "verified": True},
            ],
            "a@x.example",
        ),
        ([], ""),
    ],
)
def test_only_the_primary_and_verified_address_counts(
    emails: list[dict[str, Any]], found: str
) -> None:
    stage = Stage((EMAILS, answer(emails)))
    assert stage.run(stage.api.primary_email()) == found


@pytest.mark.parametrize("status", [403, 404])
def test_what_the_application_may_not_read_is_not_there(status: int) -> None:
    stage = Stage((EMAILS, answer({}, status)))
    assert stage.run(stage.api.primary_email()) == ""
    stage = Stage((ORGS, answer({}, status)))
    assert stage.organizations() == []
    assert stage.api.hint == f"organizations: {status}; check scope"


def test_a_hidden_organization_is_noticed() -> None:
    stage = Stage((ORGS, answer([], x_github_sso="partial-results; organizations=21955855")))
    assert stage.organizations() == []
    assert stage.api.wants_sign_on


def test_a_revoked_token_is_gone_wherever_it_is_shown() -> None:
    stage = Stage((f"GET {BASE}/user", answer({}, 401)), (ORGS, answer({}, 401)))
    for work in (stage.api.user(), stage.api.organizations()):
        with pytest.raises(GrantRejected, match="revoked"):
            asyncio.run(work)


@pytest.mark.parametrize("status", [403, 404])
def test_a_suspended_account_is_gone(status: int) -> None:
    stage = Stage((f"GET {BASE}/user", answer({"message": "suspended"}, status)))
    with pytest.raises(GrantRejected, match="suspended"):
        stage.run(stage.api.user())


def test_a_secondary_limit_that_names_no_time_is_a_limit() -> None:
    body = {"message": "You have exceeded a secondary rate limit. Please wait."}
    stage = Stage((ORGS, answer(body, 403)))
    with pytest.raises(ProviderUnavailable) as caught:
        stage.organizations()
    assert caught.value.wait == 60


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (answer([], 500), ProviderUnavailable),
        (answer([], 302), ProviderMisbehaved),
        (answer({}), ProviderMisbehaved),
        (answer([1]), ProviderMisbehaved),
        (answer(b"<html>"), ProviderMisbehaved),
    ],
)
def test_what_is_no_list_is_the_providers_fault(
    reply: FetchResponse, error: type[ProviderError]
) -> None:
    with pytest.raises(error, match="organizations"):
        Stage((ORGS, reply)).organizations()


def test_an_account_is_an_object() -> None:
    stage = Stage((f"GET {BASE}/user", answer([])))
    with pytest.raises(ProviderMisbehaved, match="not an object"):
        stage.run(stage.api.user())


def test_a_repository_is_what_the_person_sees_of_it() -> None:
    stage = Stage((REPO, answer({"private": True})))
    assert stage.run(stage.api.repository("acme/app")) == {"private": True}
    stage = Stage((REPO, answer({}, 404)))
    assert stage.run(stage.api.repository("acme/app")) == {}


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_repository_that_moved_is_not_followed(status: int) -> None:
    stage = Stage((REPO, answer({}, status, location=f"{BASE}/repositories/1")))
    assert stage.run(stage.api.repository("acme/app")) == {}
    assert "renamed" in stage.api.hint


@pytest.mark.parametrize(("status", "is_one"), [(204, True), (404, False)])
def test_collaborators_are_asked_for_with_the_other_token(status: int, *, is_one: bool) -> None:
    stage = Stage((MEMBERS, answer(b"", status)))
    token = Secret("canary-other")
    assert stage.run(stage.api.is_collaborator("acme/app", "alice", token)) is is_one
    assert ("Authorization", "Bearer canary-other") in stage.fetch.asked[0].headers


@pytest.mark.parametrize("status", [200, 301, 401, 403])
def test_a_token_that_may_not_ask_is_the_operators_matter(status: int) -> None:
    stage = Stage((MEMBERS, answer(b"", status)))
    with pytest.raises(ProviderMisbehaved, match="github_token"):
        stage.run(stage.api.is_collaborator("acme/app", "alice", Secret("x")))


def test_a_name_cannot_leave_its_place_in_the_path() -> None:
    line = f"GET {BASE}/repos/acme/app/collaborators/..%2F..%2Fx%3Fy"
    stage = Stage((line, answer(b"", 404)))
    assert not stage.run(stage.api.is_collaborator("acme/app", "../../x?y", Secret("x")))
