"""Whom a rule means."""

from typing import Any

import pytest

from sidegate.config.rule_settings import PeopleSettings
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.gate.people import People, provider_of

ALICE = Identity(
    "sub-1", "Alice@Example.com", "alice", ("staff", "role:editor"), {"dept": ("it", "hr")}
)


def session(identity: Identity = ALICE, provider: str = "oidc") -> Session:
    return Session("id", provider, identity, Tokens(), 0, 0, 100)


@pytest.mark.parametrize(
    ("description", "included"),
    [
        ({}, True),
        ({"users": ("sub-1",)}, True),
        ({"users": ("SUB-1", "alice")}, False),
        ({"emails": ("x@y.z", "alice@example.COM")}, True),
        ({"emails": ("alice@example.org",)}, False),
        ({"email_domains": ("example.com",)}, True),
        ({"email_domains": (".example.com",)}, False),
        ({"groups": ("ops", "staff")}, True),
        ({"groups": ("Staff",)}, False),
        ({"all_groups": ("staff", "role:editor")}, True),
        ({"all_groups": ("staff", "ops")}, False),
        ({"roles": ("editor",)}, True),
        ({"roles": ("staff",)}, False),
        ({"providers": ("oidc",)}, True),
        ({"providers": ("github",)}, False),
        ({"claims": (("dept", ("it", "law")),)}, True),
        ({"claims": (("dept", ("law",)),)}, False),
        ({"claims": (("other", ("it",)),)}, False),
        ({"groups": ("staff",), "emails": ("bob@example.com",)}, False),
        ({"groups": ("staff",), "claims": (("dept", ("hr",)), ("dept", ("it",)))}, True),
    ],
)
def test_all_that_is_said_has_to_be_true(description: dict[str, Any], *, included: bool) -> None:
    assert People(PeopleSettings(**description)).include(session()) is included


@pytest.mark.parametrize(
    "description",
    [
        {"emails": ("a@b.c",)},
        {"email_domains": ("b.c",)},
        {"groups": ("g",)},
        {"all_groups": ("g",)},
        {"roles": ("r",)},
        {"claims": (("c", ("x",)),)},
        {"users": ("v",)},
    ],
)
def test_what_a_session_does_not_say_is_never_true(description: dict[str, Any]) -> None:
    assert not People(PeopleSettings(**description)).include(session(Identity("u")))


def test_whoever_signed_in_by_a_password_has_a_provider_too() -> None:
    by_password = session(provider="htpasswd:abc")
    assert provider_of(by_password) == "htpasswd"
    assert People(PeopleSettings(providers=("htpasswd",))).include(by_password)
    assert not People(PeopleSettings(providers=("htpasswd:abc",))).include(by_password)


def test_each_condition_says_what_it_asks_for() -> None:
    everything = PeopleSettings(
        users=("u",),
        emails=("a@b.c",),
        email_domains=("b.c",),
        groups=("y", "x"),
        all_groups=("g",),
        roles=("r",),
        providers=("oidc",),
        claims=(("dept", ("it",)),),
    )
    assert [condition.words for condition in People(everything).conditions] == [
        "one of the users u",
        "one of the emails a@b.c",
        "an email in one of the domains b.c",
        "one of the groups x, y",
        "one of the roles r",
        "all of the groups g",
        "signed in by one of the providers oidc",
        "one of it in the claim dept",
    ]
