"""Whom the options of GitHub keep out."""

from typing import Any

import pytest

from sidegate.providers.github_access import restrictions_of
from tests.unit.providers.settings import provider_settings

MEMBER = ["Acme", "acme:Ops", "other"]


def refusal(groups: list[str], login: str = "alice", **settings: Any) -> str | None:
    return restrictions_of(provider_settings(**settings)).refusal(login, groups)


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({}, None),
        ({"github_org": "acme"}, None),
        ({"github_org": "ACME"}, None),
        ({"github_org": "acme:ops"}, None),  # the check of the configuration refuses it
        ({"github_org": "acm"}, "github_org"),
        ({"github_org": "acme", "github_team": "ops"}, None),
        ({"github_org": "acme", "github_team": "dev, OPS"}, None),
        ({"github_org": "acme", "github_team": "acme:ops"}, None),
        ({"github_org": "acme", "github_team": "dev"}, "github_team"),
        ({"github_org": "other", "github_team": "ops"}, "github_team"),
        ({"github_team": "acme:ops"}, None),
        ({"github_team": "other:x,acme:ops"}, None),
        ({"github_team": "ops"}, "github_team"),
        ({"github_team": "other:ops"}, "github_team"),
        ({"github_users": ("bob",)}, "github_user"),
        ({"github_users": ("bob", "ALICE")}, None),
        ({"github_users": ("alice",), "github_org": "nope"}, None),
        ({"github_users": ("bob",), "github_org": "acme"}, None),
        ({"github_users": ("bob",), "github_repo": "o/r"}, None),
        ({"github_users": ("",)}, None),
    ],
)
def test_each_restriction_holds_unless_the_person_is_named(
    settings: dict[str, Any], rule: str | None
) -> None:
    assert refusal(MEMBER, **settings) == rule


def test_letters_fold_in_ascii_and_in_nothing_else() -> None:
    assert refusal(["\u212aube"], github_org="kube") == "github_org"


def test_the_repository_and_the_names_are_kept_for_who_can_ask() -> None:
    rules = restrictions_of(provider_settings(github_repo="Acme/App", github_users=("Al",)))
    assert rules.repository == "Acme/App"
    assert rules.names("aL")
    assert not rules.names("bob")


def test_one_name_that_was_asked_for_settles_the_question() -> None:
    rules = restrictions_of(provider_settings(github_org="acme", github_team="ops,dev"))
    assert [rules.settles(name) for name in ("ACME", "Acme:Dev", "acme:x", "")] == [
        True,
        True,
        False,
        False,
    ]
    assert not restrictions_of(provider_settings()).settles("")
