"""Restrictions of GitHub mean something, or stop the start."""

import pytest

from sidegate.core.secret import Secret
from tests.unit.config.conftest import Desk

GHE = "https://ghe.test"


@pytest.fixture
def desk() -> Desk:
    desk = Desk().without("--oidc-issuer-url")
    desk.base["--provider"] = "github"
    return desk


def test_github_needs_no_address_and_no_restriction(desk: Desk) -> None:
    settings = desk.load().settings.providers[0]
    assert (settings.github_org, settings.github_users) == ("", ())
    assert settings.github_token == Secret("")


@pytest.mark.parametrize(
    "flags",
    [
        ("--github-org=acme", "--github-team=ops, dev"),
        ("--github-org=Acme", "--github-team=acme:ops"),
        ("--github-team=acme:ops,other:dev",),
        ("--github-repo=acme/app.js",),
        ("--github-user=a", "--github-user=b"),
        ("--scope=user:email",),
        ("--validate-url=https://api.github.com/",),
        (f"--login-url={GHE}/login/oauth/authorize", f"--validate-url={GHE}/api/v3"),
    ],
)
def test_what_means_something_is_taken(desk: Desk, flags: tuple[str, ...]) -> None:
    assert desk.mistakes(*flags) == []


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        (("--github-team=ops",), "whose team"),
        (("--github-org=acme", "--github-team=other:ops"), "no team of github_org"),
        (("--github-team=acme:",), "no team"),
        (("--github-team=a:b:c",), "no team"),
        (("--github-org=acme/app",), "no name of an organization"),
        (("--github-org=a,b",), "no name of an organization"),
        (("--github-repo=app",), "Write OWNER/NAME."),
        (("--github-repo=https://github.com/acme/app",), "Write OWNER/NAME."),
        (("--github-repo=a/b", "--github-token=x\u00e9"), "no token"),
        (("--github-user-claim=email",), "not accepted"),
        ((f"--validate-url={GHE}/api/v3",), "Give --login-url"),
        ((f"--redeem-url={GHE}/x",), "Give --login-url"),
    ],
)
def test_what_means_nothing_is_a_mistake(desk: Desk, flags: tuple[str, ...], part: str) -> None:
    assert part in desk.mistake(*flags)


def test_the_token_may_stand_in_a_file(desk: Desk) -> None:
    desk.files["token"] = b"canary\n"
    loaded = desk.load("--github-repo=a/b", "--github-token-file=token")
    assert loaded.settings.providers[0].github_token == Secret("canary")


@pytest.mark.parametrize(
    ("flag", "part"),
    [
        ("--github-token=x", "does nothing without github_repo"),
        ("--session-cookie-minimal", "who leaves stays signed in"),
    ],
)
def test_what_does_less_than_it_seems_is_warned_of(desk: Desk, flag: str, part: str) -> None:
    assert any(part in warning for warning in desk.load(flag).warnings)


def test_a_login_as_user_is_told_to_be_weaker(desk: Desk) -> None:
    (warning,) = (w for w in desk.load("--github-user-claim=login").warnings if "login" in w)
    assert "registered by somebody else" in warning


@pytest.mark.parametrize("flag", ["--github-org=acme", "--github-user=a"])
def test_a_restriction_that_another_provider_would_ignore_is_a_mistake(flag: str) -> None:
    assert "Remove it, or write --provider=github." in Desk().mistake(flag)


TABLES = """
[[providers]]
id = "hub"
provider = "github"
client_id = "octo"
client_secret = "hunter2"
github_org = "acme"
github_repo = "acme/app"
github_token_file = "token"

[[providers]]
provider = "oauth2"
client_id = "other"
client_secret = "hunter3"
login_url = "https://login.test/authorize"
redeem_url = "https://login.test/token"
profile_url = "https://api.test/me"
"""


def test_it_may_be_one_of_several_providers_and_keeps_its_options_to_itself() -> None:
    desk = Desk().without("--client-id", "--client-secret-file", "--oidc-issuer-url")
    desk.files["token"] = b"canary\n"
    hub, other = desk.load(toml=TABLES).settings.providers
    assert (hub.id, hub.github_org, hub.github_token) == ("hub", "acme", Secret("canary"))
    assert (other.id, other.github_org, other.github_token) == ("oauth2", "", Secret(""))
    assert hub.binding != other.binding
    foreign = TABLES + 'github_org = "acme"\n'
    assert 'does nothing with provider "oauth2"' in desk.mistake(toml=foreign)
