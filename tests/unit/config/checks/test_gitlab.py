"""Projects of GitLab are written as path and level."""

import pytest

from tests.unit.config.conftest import Desk

GITLAB = "--provider=gitlab"


def test_projects_are_read_with_their_level(desk: Desk) -> None:
    projects = "--gitlab-project=/company/wiki/,company/team/app=40"
    (provider,) = desk.load(GITLAB, projects).settings.providers
    assert provider.gitlab_projects == (("company/wiki", 20), ("company/team/app", 40))


@pytest.mark.parametrize("project", ["wiki", "company/wiki=25", "company/wiki=owner", "=30"])
def test_what_is_no_project_is_refused(project: str, desk: Desk) -> None:
    assert "is no project" in desk.mistake(GITLAB, f"--gitlab-project={project}")


def test_gitlab_is_at_gitlab_com_unless_it_is_ones_own(desk: Desk) -> None:
    (own,) = desk.load(GITLAB).settings.providers
    assert own.oidc_issuer_url == "https://login.test"
    (public,) = desk.without("--oidc-issuer-url").load(GITLAB).settings.providers
    assert public.oidc_issuer_url == "https://gitlab.com"


def test_an_option_of_another_kind_of_provider_is_no_silent_fence(desk: Desk) -> None:
    assert "write --provider=gitlab" in desk.mistake("--gitlab-group=company")
    assert "write --provider=google" in desk.mistake(GITLAB, "--google-hosted-domain=example.com")
