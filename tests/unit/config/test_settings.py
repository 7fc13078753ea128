"""What settings say of themselves."""

from typing import Any

import pytest

from tests.unit.providers.settings import provider_settings


def binding(**changes: Any) -> bytes:
    return provider_settings(**{"provider": "github", "oidc_issuer_url": "", **changes}).binding


def test_sessions_belong_to_an_issuer_and_a_client() -> None:
    settings = provider_settings(oidc_issuer_url="https://idp.example", client_id="gate")
    assert settings.binding == b"https://idp.example\0gate"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "other"},
        {"login_url": "https://ghe.example/login/oauth/authorize"},
        {"github_org": "acme"},
        {"github_org": "acme", "github_team": "ops"},
        {"github_repo": "acme"},
        {"github_users": ("acme",)},
        {"github_users": ("acme", "ops")},
    ],
)
def test_other_restrictions_mean_other_sessions(changes: dict[str, Any]) -> None:
    others = [{}, {"github_team": "acme"}, {"github_team": "ops", "github_org": ""}]
    assert all(binding(**changes) != binding(**other) for other in others)
    assert binding(**changes) == binding(**changes)


def test_other_groups_at_gitlab_or_google_mean_other_sessions() -> None:
    gitlab = [
        {},
        {"gitlab_groups": ("company",)},
        {"gitlab_projects": (("company/wiki", 20),)},
        {"gitlab_projects": (("company/wiki", 30),)},
    ]
    assert len({binding(provider="gitlab", **changes) for changes in gitlab}) == len(gitlab)
    google = [{}, {"google_groups": ("a@b.example",)}, {"google_hosted_domains": ("b.example",)}]
    assert len({binding(provider="google", **changes) for changes in google}) == len(google)
