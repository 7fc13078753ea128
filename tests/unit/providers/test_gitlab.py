"""GitLab: groups from userinfo, projects from the API, and both asked again."""

from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import (
    EmailUnverified,
    IdTokenRejected,
    NotAuthorized,
    ProviderMisbehaved,
    ProviderUnavailable,
)
from sidegate.core.identity import Identity
from sidegate.providers.gitlab import GitLabProvider
from tests.unit.oidc.tokens import ISSUER, claims
from tests.unit.providers.script import reply
from tests.unit.providers.settings import made, provider_settings
from tests.unit.providers.test_oidc import ATTEMPT, ME, Stage

WIKI = f"GET {ISSUER}/api/v4/projects/company%2Fwiki"
SUBJECT = "248289761001"


def gitlab(rsa: RSAKey, *projects: tuple[str, int], **settings: Any) -> Stage:
    """Return a stage with a discovered GitLab."""
    stage = Stage(rsa)
    chosen = provider_settings(gitlab_projects=projects, **settings)
    stage.provider = made(GitLabProvider, chosen, stage.fetch, lambda: stage.now)
    return stage.with_userinfo()


def permissions(project: int | None = None, group: int | None = None) -> dict[str, Any]:
    """Return the answer about a project, as GitLab gives it to somebody who may see it."""
    found = {"project_access": project, "group_access": group}
    levels = {name: level and {"access_level": level} for name, level in found.items()}
    return {"path_with_namespace": "company/wiki", "archived": False, "permissions": levels}


def sign_in(stage: Stage, **userinfo: Any) -> Identity:
    stage.answers(claims(email_verified=True), refresh_token="rt")
    stage.fetch.expect(ME, reply({"sub": SUBJECT, **userinfo}))
    return stage.redeem().identity


def test_the_least_scope_is_asked_for(rsa: RSAKey) -> None:
    assert "&scope=openid%20email&" in gitlab(rsa).provider.authorization_url(ATTEMPT)
    with_projects = gitlab(rsa, ("company/wiki", 20)).provider
    assert "&scope=openid%20email%20read_api&" in with_projects.authorization_url(ATTEMPT)
    assert with_projects.display_name == "GitLab"


def test_groups_come_from_userinfo_and_no_project_is_asked_for_without_need(rsa: RSAKey) -> None:
    stage = gitlab(rsa)
    assert sign_in(stage, groups=["company", "company/team"]).groups == ("company", "company/team")
    assert stage.fetch.is_played()


@pytest.mark.parametrize(
    ("answer", "groups"),
    [
        (permissions(project=30), ["project:company/wiki"]),
        (permissions(group=40), ["project:company/wiki"]),
        (permissions(project=20, group=30), ["project:company/wiki"]),
        (permissions(project=20, group=10), []),
        (permissions(), []),
        ({**permissions(project=50), "archived": True}, []),
        ({"permissions": {"project_access": {"access_level": 50}}}, []),
        ({"archived": False, "permissions": {"project_access": {"access_level": True}}}, []),
        ({"archived": False, "permissions": []}, []),
    ],
)
def test_the_level_in_a_project_counts_however_it_was_given(
    answer: dict[str, Any], groups: list[str], rsa: RSAKey
) -> None:
    stage = gitlab(rsa, ("company/wiki", 30), gitlab_groups=("company",))
    stage.answers(claims(email_verified=True))
    stage.fetch.expect(ME, reply({"sub": SUBJECT, "groups": ["company"]}))
    stage.fetch.expect(WIKI, reply(answer))
    assert list(stage.redeem().identity.groups) == ["company", *groups]
    assert ("Authorization", "Bearer canary-at") in stage.fetch.asked[-1].headers


@pytest.mark.parametrize("status", [403, 404])
def test_a_project_that_somebody_may_not_see_is_not_theirs(status: int, rsa: RSAKey) -> None:
    stage = gitlab(rsa, ("company/wiki", 20))
    stage.answers(claims(email_verified=True))
    stage.fetch.expect(ME, reply({"sub": SUBJECT}))
    stage.fetch.expect(WIKI, reply({"message": "404 Project Not Found"}, status))
    with pytest.raises(NotAuthorized):
        stage.redeem()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, b"{}", ProviderMisbehaved),
        (302, b"", ProviderMisbehaved),
        (200, b"<html>", ProviderMisbehaved),
        (429, b"", ProviderUnavailable),
        (502, b"", ProviderUnavailable),
    ],
)
def test_nobody_gets_in_while_gitlab_cannot_tell(
    status: int, body: bytes, error: type[Exception], rsa: RSAKey
) -> None:
    stage = gitlab(rsa, ("company/wiki", 20))
    stage.answers(claims(email_verified=True))
    stage.fetch.expect(ME, reply({"sub": SUBJECT}))
    stage.fetch.expect(WIKI, reply(body, status))
    with pytest.raises(error):
        stage.redeem()


@pytest.mark.parametrize("id_claims", [claims(nonce=None, email_verified=True), None])
def test_who_left_is_out_with_the_next_refresh(
    id_claims: dict[str, Any] | None, rsa: RSAKey
) -> None:
    stage = gitlab(rsa, ("company/wiki", 20), gitlab_groups=("company",))
    old = Identity(SUBJECT, "alice@example.com", "", ("company", "project:company/wiki"))
    stage.answers(id_claims)
    stage.fetch.expect(ME, reply({"sub": SUBJECT, "groups": ["other"]}))
    stage.fetch.expect(WIKI, reply({}, 404))
    with pytest.raises(IdTokenRejected):
        stage.refresh(old)
    stage.answers(id_claims)
    stage.fetch.expect(ME, reply({"sub": SUBJECT, "groups": ["company"]}))
    stage.fetch.expect(WIKI, reply({}, 404))
    assert stage.refresh(old).identity == replace(old, groups=("company",)), "one of both will do"


@pytest.mark.parametrize("groups", [[], ["company/other"], ["Company"], ["project:company"], None])
def test_who_is_in_no_wanted_group_stays_outside(groups: list[str] | None, rsa: RSAKey) -> None:
    stage = gitlab(rsa, gitlab_groups=("company",))
    stage.answers(claims(email_verified=True))
    stage.fetch.expect(ME, reply({"sub": SUBJECT, "groups": groups}))
    with pytest.raises(NotAuthorized):
        stage.redeem()


def test_while_gitlab_is_down_a_refresh_leaves_everything_as_it_was(rsa: RSAKey) -> None:
    stage = gitlab(rsa, ("company/wiki", 20))
    old = Identity(SUBJECT, "alice@example.com", "", ("project:company/wiki",))
    stage.answers(None)
    stage.fetch.expect(ME, reply({"sub": SUBJECT}))
    stage.fetch.expect(WIKI, reply({}, 503))
    assert stage.refresh(old).identity == old


@pytest.mark.parametrize("said", [{}, {"email_verified": False}])
def test_an_address_that_gitlab_does_not_call_verified_is_none(
    said: dict[str, Any], rsa: RSAKey
) -> None:
    stage = gitlab(rsa)
    about = claims()
    stage.answers(about)
    stage.fetch.expect(ME, reply({"sub": SUBJECT, **said}))
    with pytest.raises(EmailUnverified):
        stage.redeem()
    allowing = gitlab(rsa, insecure_oidc_allow_unverified_email=True)
    allowing.answers(about)
    allowing.fetch.expect(ME, reply({"sub": SUBJECT, **said}))
    assert allowing.redeem().identity.email == "alice@example.com"
