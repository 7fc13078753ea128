"""Which requests a rule is for, and whom it lets pass."""

from typing import Any

import pytest

from sidegate.config.rule_settings import PeopleSettings, RuleSettings
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.messages import Asked
from sidegate.gate.rule import Hosts, Rule, plain_host

HOME = Asked("app.example.com", b"GET", b"/")


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("App.Example.com:8443", "app.example.com"),
        ("app.example.com.", "app.example.com"),
        ("app.example.com.:443", "app.example.com"),
        ("[::1]:80", "[::1]"),
        ("[2001:DB8::1]", "[2001:db8::1]"),
        ("", ""),
    ],
)
def test_a_host_has_one_spelling(authority: str, host: str) -> None:
    assert plain_host(authority) == host


@pytest.mark.parametrize(
    ("named", "host", "included"),
    [
        ("app.example.com", "app.example.com", True),
        ("App.Example.com", "app.example.com", True),
        ("app.example.com", "x.app.example.com", False),
        ("*.example.com", "app.example.com", True),
        ("*.example.com", "x.app.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", ".example.com", False),
        ("*.example.com", "evilexample.com", False),
    ],
)
def test_hosts(named: str, host: str, *, included: bool) -> None:
    assert Hosts([named]).include(host) is included


def rule(**settings: Any) -> Rule:
    return Rule(RuleSettings(name="r", **settings))


@pytest.mark.parametrize(
    ("settings", "asked", "misfit"),
    [
        ({}, HOME, ""),
        ({"hosts": ("a.b",)}, HOME, "host"),
        ({"hosts": ("app.example.com",)}, HOME._replace(host="APP.example.com.:80"), ""),
        ({"methods": ("post",)}, HOME, "method"),
        ({"methods": ("post",)}, HOME._replace(method=b"POST"), ""),
        ({"methods": ("POST",)}, HOME._replace(method=b"post"), ""),
        ({"methods": ("GET",)}, HOME._replace(method=b"HEAD"), ""),
        ({"methods": ("HEAD",)}, HOME, "method"),
        ({"providers": ("github",)}, HOME, "provider"),
        ({"providers": ("oidc",)}, HOME, ""),
        ({"paths": ("/x",)}, HOME, "path"),
        ({"paths": ("/x",)}, HOME._replace(path=b"/X"), ""),
    ],
)
def test_a_rule_says_what_makes_it_not_for_a_request(
    settings: dict[str, Any], asked: Asked, misfit: str
) -> None:
    assert rule(**settings).misfit(asked, "oidc") == misfit


def test_whoever_is_allowed_and_not_denied_passes() -> None:
    both = rule(
        allow=(PeopleSettings(groups=("staff",)), PeopleSettings(users=("boss",))),
        deny=(PeopleSettings(groups=("contractors",)),),
    )
    for identity, passes in (
        (Identity("u", groups=("staff",)), True),
        (Identity("boss"), True),
        (Identity("u"), False),
        (Identity("boss", groups=("contractors",)), False),
        (Identity("u", groups=("staff", "contractors")), False),
    ):
        assert both.admits(Session("i", "oidc", identity, Tokens(), 0, 0, 1)) is passes


def test_a_rule_that_allows_nobody_lets_nobody_pass() -> None:
    someone = Session("i", "oidc", Identity("u"), Tokens(), 0, 0, 1)
    assert not rule(deny=(PeopleSettings(),)).admits(someone)
