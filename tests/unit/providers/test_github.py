"""GitHub as a script of requests and answers: who it is, and what is asked to know that."""

import asyncio
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sidegate.core.errors import (
    GrantRejected,
    NotAuthorized,
    ProviderMisbehaved,
    ProviderUnavailable,
    SidegateError,
    SingleSignOnRequired,
)
from sidegate.core.identity import Grant, Identity, Session, Tokens
from sidegate.core.ports import Attempt, FetchResponse
from sidegate.core.secret import Secret
from sidegate.providers.github import GitHubProvider, api_of, site_of
from tests.unit.providers.script import Reply, ScriptedFetch
from tests.unit.providers.settings import made, provider_settings

NOW = 1000.0
TOKEN = "POST https://github.com/login/oauth/access_token"
API = "GET https://api.github.com"
USER, EMAILS = f"{API}/user", f"{API}/user/emails?per_page=100"
ORGS, TEAMS = f"{API}/user/orgs?per_page=100", f"{API}/user/teams?per_page=100"
REPO, MEMBERS = f"{API}/repos/acme/app", f"{API}/repos/acme/app/collaborators/octocat"
ATTEMPT = Attempt("s", "n", Secret("v" * 43), "/", "https://app.example/cb", "github", NOW)
SESSION = Session(
    "id",
    "github",
    Identity("583231"),
    Tokens(Secret("canary"), renews_by_asking=True),
    NOW,
    NOW,
    NOW + 9999,
)


def answer(value: Any, status: int = 200, **headers: str) -> FetchResponse:
    fields = {name.replace("_", "-"): text for name, text in headers.items()}
    return FetchResponse(status, fields, json.dumps(value).encode())


ACCOUNT = answer({"login": "octocat", "id": 583231, "email": "public@x.example", "company": "A"})
MAILS = answer([{"email": "octo@acme.example", "primary": True, "verified": True}])
IN_ACME = answer([{"login": "Acme"}])
IN_OPS = answer([{"slug": "ops", "organization": {"login": "Acme"}}])
NONE = answer([])
ALL = ((USER, ACCOUNT), (ORGS, IN_ACME), (TEAMS, IN_OPS), (EMAILS, MAILS))
NO_GROUPS = {"wants_groups": False}


class Stage:
    """GitHub by script."""

    def __init__(self, **settings: Any) -> None:
        self.fetch = ScriptedFetch()
        settings = provider_settings(**{"provider": "github", "oidc_issuer_url": "", **settings})
        self.provider = made(GitHubProvider, settings, self.fetch, lambda: NOW)
        asyncio.run(self.provider.discover())

    def sign_in(self, *script: tuple[str, Reply], redeemed: Reply | None = None) -> Grant:
        tokens = {"access_token": "canary", "token_type": "bearer", "scope": "read:org"}
        self.fetch.expect(TOKEN, redeemed or answer(tokens))
        return self._play(self.provider.redeem("the-code", ATTEMPT), *script)

    def refresh(self, *script: tuple[str, Reply], session: Session = SESSION) -> Grant:
        return self._play(self.provider.refresh(session), *script)

    def _play(self, work: Any, *script: tuple[str, Reply]) -> Grant:
        for line, reply in script:
            self.fetch.expect(line, reply)
        grant = asyncio.run(work)
        assert self.fetch.is_played()
        return grant

    def fails(self, error: type[SidegateError], *script: tuple[str, Reply]) -> str:
        with pytest.raises(error) as caught:
            self.sign_in(*script)
        assert self.fetch.is_played()
        return str(caught.value)


def test_the_browser_goes_to_github_with_the_least_scope() -> None:
    url = Stage().provider.authorization_url(ATTEMPT)
    assert url.startswith("https://github.com/login/oauth/authorize?")
    parameters = parse_qs(urlsplit(url).query)
    assert parameters["scope"] == ["user:email read:org"]
    assert parameters["code_challenge_method"] == ["S256"]
    assert "nonce" not in parameters
    assert "&login=octo" in Stage().provider.authorization_url(ATTEMPT, login_hint="octo")


def test_a_person_is_a_number_with_a_name_an_address_and_groups() -> None:
    stage = Stage(kept_claims=("company", "email"))
    grant = stage.sign_in(*ALL)
    assert grant.identity == Identity(
        "583231",
        "octo@acme.example",
        "octocat",
        ("Acme", "Acme:ops"),
        {"company": ("A",), "email": ("octo@acme.example",)},
    )
    assert grant.tokens == Tokens(Secret("canary"), renews_by_asking=True)
    assert b"client_secret=canary-client-secret" in stage.fetch.asked[0].body


def test_the_login_can_be_the_user_where_the_operator_wants_it() -> None:
    grant = Stage(github_user_claim="login").sign_in(*ALL)
    assert (grant.identity.user, grant.identity.preferred_username) == ("octocat", "octocat")


@pytest.mark.parametrize("account", [{"login": "octocat"}, {"id": 1}, {"login": "", "id": 1}])
def test_nobody_is_signed_in_without_a_number_and_a_login(account: dict[str, Any]) -> None:
    stage = Stage(wants_groups=False)
    with pytest.raises(ProviderMisbehaved, match="user: "):
        stage.sign_in((USER, answer(account)))


def test_people_without_a_verified_address_have_none() -> None:
    emails = answer([{"email": "octo@acme.example", "primary": True, "verified": False}])
    assert Stage().sign_in(*ALL[:3], (EMAILS, emails)).identity.email == ""


# Only the calls that are needed


def test_nobody_asks_for_groups_that_nobody_looks_at() -> None:
    grant = Stage(**NO_GROUPS).sign_in((USER, ACCOUNT), (EMAILS, MAILS))
    assert grant.identity.groups == ()


def test_a_restriction_alone_is_asked_for_as_far_as_it_takes() -> None:
    page = answer([{"login": "acme"}], link='<https://api.github.com/2>; rel="next"')
    stage = Stage(github_org="acme", **NO_GROUPS)
    grant = stage.sign_in((USER, ACCOUNT), (ORGS, page), (EMAILS, MAILS))
    assert grant.identity.groups == ()
    stage = Stage(github_org="acme", github_team="ops,dev", **NO_GROUPS)
    stage.sign_in((USER, ACCOUNT), (TEAMS, IN_OPS), (EMAILS, MAILS))


def test_nothing_is_asked_for_a_person_who_is_named() -> None:
    named = {"github_org": "acme", "github_repo": "acme/app", "github_users": ("Octocat",)}
    Stage(**named, **NO_GROUPS).sign_in((USER, ACCOUNT), (EMAILS, MAILS))


def test_the_address_of_somebody_who_is_kept_out_is_not_asked_for() -> None:
    Stage(github_org="other").fails(NotAuthorized, *ALL[:3])


# Restrictions


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"github_org": "other"}, "github_org"),
        ({"github_org": "acme", "github_team": "dev"}, "github_team"),
        ({"github_team": "other:ops"}, "github_team"),
        ({"github_users": ("bob",)}, "github_user"),
    ],
)
def test_somebody_whom_a_restriction_keeps_out_is_told_so(
    settings: dict[str, Any], rule: str
) -> None:
    assert Stage(**settings).fails(NotAuthorized, *ALL[:3]) == f"rule {rule} refuses octocat"


@pytest.mark.parametrize(
    "settings",
    [
        {"github_org": "acme"},
        {"github_org": "acme", "github_team": "dev,ops"},
        {"github_team": "acme:ops"},
        {"github_users": ("octocat",)},
    ],
)
def test_somebody_whom_no_restriction_keeps_out_gets_in(settings: dict[str, Any]) -> None:
    assert Stage(**settings).sign_in(*ALL).identity.user == "583231"


def test_a_list_that_may_not_be_read_is_named_as_the_reason() -> None:
    script = ((USER, ACCOUNT), (ORGS, answer({}, 403)), (TEAMS, NONE))
    message = Stage(github_org="acme").fails(NotAuthorized, *script)
    assert message == "rule github_org refuses octocat (organizations: 403; check scope)"


def test_an_organization_with_its_own_sign_on_is_told_to_the_person() -> None:
    hidden = answer([], x_github_sso="partial-results; organizations=21955855")
    script = ((USER, ACCOUNT), (ORGS, hidden), (TEAMS, NONE))
    assert (
        Stage(github_org="acme").fails(SingleSignOnRequired, *script)
        == "rule github_org refuses octocat"
    )


def test_a_sign_on_of_others_is_no_reason_for_people_who_are_not_named() -> None:
    hidden = answer([], x_github_sso="partial-results; organizations=21955855")
    script = ((USER, ACCOUNT), (ORGS, hidden), (TEAMS, NONE))
    Stage(github_users=("bob",)).fails(NotAuthorized, *script)


REACHABLE = [
    ({"private": False, "permissions": {"push": True, "pull": True}}, True),
    ({"private": True, "permissions": {"push": False, "pull": True}}, True),
    ({"private": False, "permissions": {"push": False, "pull": True}}, False),
    ({"private": True, "permissions": {"push": False, "pull": False}}, False),
    ({"private": True, "permissions": {"pull": "yes"}}, False),
    ({"private": True}, False),
    ({}, False),
]


@pytest.mark.parametrize(("repository", "reaches"), REACHABLE)
def test_a_repository_lets_in_who_may_push_or_read_it_where_it_is_private(
    repository: dict[str, Any], *, reaches: bool
) -> None:
    stage = Stage(github_repo="acme/app", **NO_GROUPS)
    script = ((USER, ACCOUNT), (REPO, answer(repository)))
    if reaches:
        stage.sign_in(*script, (EMAILS, MAILS))
    else:
        assert stage.fails(NotAuthorized, *script) == "rule github_repo refuses octocat"


def test_a_repository_counts_besides_an_organization() -> None:
    stage = Stage(github_repo="acme/app", github_org="acme")
    stage.fails(NotAuthorized, *ALL[:3], (REPO, answer({}, 404)))
    stage.fails(NotAuthorized, (USER, ACCOUNT), (ORGS, NONE), (TEAMS, NONE))


def test_a_repository_that_moved_keeps_all_out_and_says_why() -> None:
    stage = Stage(github_repo="acme/app", **NO_GROUPS)
    moved = answer({}, 301, location="https://api.github.com/repositories/1")
    assert "renamed" in stage.fails(NotAuthorized, (USER, ACCOUNT), (REPO, moved))


def test_collaborators_are_told_by_the_token_of_somebody_who_knows() -> None:
    settings = {"github_repo": "acme/app", "github_token": Secret("canary-other"), **NO_GROUPS}
    stage = Stage(**settings)
    stage.sign_in((USER, ACCOUNT), (MEMBERS, answer({}, 204)), (EMAILS, MAILS))
    assert ("Authorization", "Bearer canary-other") in stage.fetch.asked[2].headers
    Stage(**settings).fails(NotAuthorized, (USER, ACCOUNT), (MEMBERS, answer({}, 404)))


# Codes


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("bad_verification_code", GrantRejected),
        ("incorrect_client_credentials", ProviderMisbehaved),
        ("redirect_uri_mismatch", ProviderMisbehaved),
    ],
)
def test_an_error_that_comes_with_status_200_is_an_error(
    code: str, error: type[SidegateError]
) -> None:
    with pytest.raises(error, match=code):
        Stage().sign_in(redeemed=answer({"error": code, "error_description": "x"}))


def test_wrong_client_credentials_are_named_as_such() -> None:
    with pytest.raises(ProviderMisbehaved, match="check client_id"):
        Stage().sign_in(redeemed=answer({"error": "incorrect_client_credentials"}))


# Renewal


def test_who_is_still_a_member_stays_with_what_is_true_now() -> None:
    grant = Stage(github_org="acme").refresh(*ALL)
    assert grant.identity.groups == ("Acme", "Acme:ops")
    assert grant.tokens == SESSION.tokens


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (((USER, ACCOUNT), (ORGS, NONE), (TEAMS, NONE)), GrantRejected),
        (((USER, answer({}, 401)),), GrantRejected),
        (((USER, answer({"message": "suspended"}, 403)),), GrantRejected),
        (((USER, answer({}, 502)),), ProviderUnavailable),
        (((USER, ACCOUNT), (ORGS, answer({}, 500))), ProviderUnavailable),
        (((USER, ProviderUnavailable("limit")),), ProviderUnavailable),
    ],
    ids=["removed", "revoked", "suspended", "away", "half away", "limited"],
)
def test_who_left_is_gone_and_a_github_that_is_down_ends_nothing(
    script: tuple[tuple[str, Reply], ...], error: type[SidegateError]
) -> None:
    with pytest.raises(error):
        Stage(github_org="acme").refresh(*script)


def test_a_github_app_whose_tokens_end_renews_them_and_asks_again() -> None:
    stage = Stage(github_org="acme")
    tokens = {
        "access_token": "canary",
        "token_type": "bearer",
        "expires_in": 28800,
        "refresh_token": "ghr_2",
    }
    session = replace(SESSION, tokens=Tokens(refresh_token=Secret("ghr_1")))
    grant = stage.refresh((TOKEN, answer(tokens)), *ALL, session=session)
    assert grant.tokens.refresh_token == Secret("ghr_2")
    assert not grant.tokens.renews_by_asking
    removed = ((TOKEN, answer(tokens)), (USER, ACCOUNT), (ORGS, NONE), (TEAMS, NONE))
    with pytest.raises(GrantRejected, match="not_authorized"):
        stage.refresh(*removed, session=session)
    with pytest.raises(GrantRejected, match="bad_refresh_token"):
        stage.refresh((TOKEN, answer({"error": "bad_refresh_token"})), session=session)


# Sites


@pytest.mark.parametrize(
    ("settings", "token", "api"),
    [
        ({}, "https://github.com/login/oauth/access_token", "https://api.github.com"),
        (
            {"login_url": "https://ghe.example/login/oauth/authorize"},
            "https://ghe.example/login/oauth/access_token",
            "https://ghe.example/api/v3",
        ),
        (
            {"login_url": "https://acme.ghe.com/login/oauth/authorize?prompt=x"},
            "https://acme.ghe.com/login/oauth/access_token",
            "https://api.acme.ghe.com",
        ),
        (
            {
                "login_url": "https://git.example/tea/login/oauth/authorize",
                "validate_url": "https://git.example/tea/api/v1/",
            },
            "https://git.example/tea/login/oauth/access_token",
            "https://git.example/tea/api/v1",
        ),
        (
            {
                "login_url": "https://ghe.example/x",
                "redeem_url": "https://ghe.example/y",
                "validate_url": "https://ghe.example/api/v3",
            },
            "https://ghe.example/y",
            "https://ghe.example/api/v3",
        ),
    ],
)
def test_another_site_is_one_site(settings: dict[str, str], token: str, api: str) -> None:
    provider = Stage(**settings).provider
    assert (provider.redeem_url, provider.profile_url) == (token, api)
    assert provider.login_url == settings.get("login_url", provider.login_url)


def test_the_site_of_an_odd_address_is_its_origin() -> None:
    assert site_of("https://ghe.example/else?x=y") == "https://ghe.example"
    assert api_of("https://github.com") == "https://api.github.com"


def test_it_is_called_github() -> None:
    assert Stage().provider.display_name == "GitHub"
