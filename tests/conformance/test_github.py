"""GitHub over the wire, with everything its documentation says that can happen."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.conformance.attacks import CALLBACK
from tests.conformance.browser import Answer, Browser
from tests.conformance.gates import Gate, start
from tests.conformance.provider import Canned, Provider
from tests.conformance.provider.github import API, GitHub, Person, limited
from tests.conformance.world import World

HOUR = 3600.0
MAILS = {"octo@example.com": (True, True), "old@example.com": (False, True)}


@pytest.fixture(scope="module")
def running(world: World) -> Iterator[GitHub]:
    with GitHub(world.clock) as site:
        yield site


@pytest.fixture
def site(running: GitHub) -> GitHub:
    """Return a site with two people, of whom one is in two organizations more than a page holds."""
    running.people = {
        "octocat": Person(583231, MAILS, ["a", "b", "Acme"], ["b:x", "Acme:dev", "Acme:ops"]),
        "hubot": Person(1024, {"hubot@example.com": (True, False)}, ["other"]),
    }
    running.repos, running.hidden = {}, set()
    running.collaborators.clear()
    running.tokens.clear()
    running._queued.clear()
    running.calls.clear()
    return running


class Stage:
    """A gate before the application, and GitHub behind it."""

    def __init__(self, world: World, site: GitHub) -> None:
        self.world, self.site = world, site
        self.gate: Gate

    def start(self, *flags: str) -> "Stage":
        self.gate = self.world.gate(
            self.site,  # type: ignore[arg-type] - it has what a gate needs to know
            "--provider=github",
            f"--login-url={self.site.issuer}/login/oauth/authorize",
            *(flags if "--email-domain" in "".join(flags) else ("--email-domain=*", *flags)),
            "--reverse-proxy",
            "--skip-provider-button",
        )
        self.mark = len(self.gate.output)
        return self

    def sign_in(self, login: str = "octocat") -> tuple[Browser, Answer]:
        browser = self.gate.browser()
        back = self.site.authorize(browser.get("/deep").get("location"), login)
        return browser, browser.get(f"{CALLBACK}?{urlencode(back.parameters)}")

    def signed_in(self, login: str = "octocat") -> Browser:
        browser, answer = self.sign_in(login)
        assert answer.status == 302, self.gate.output[self.mark :]
        self.site.calls.clear()
        return browser

    def later(self, seconds: float = HOUR) -> None:
        self.world.clock.offset += seconds

    @property
    def said(self) -> str:
        return self.gate.said_all()[self.mark :]


@pytest.fixture
def stage(world: World, site: GitHub) -> Iterator[Stage]:
    made = Stage(world, site)
    yield made
    made.gate.hang_up()


# Who it is


def test_the_application_is_told_who_it_is_over_all_pages(stage: Stage, site: GitHub) -> None:
    browser, answer = stage.start("--github-org=acme").sign_in()
    assert (answer.status, answer.get("location")) == (302, "/deep")
    assert site.asked() == [
        "access_token", "user", "orgs", "orgs", "teams", "teams", "emails"
    ]  # fmt: skip
    assert browser.get("/deep").status == 200
    request = stage.world.upstream.requests[-1]
    assert request.get("x-forwarded-user") == "583231"
    assert request.get("x-forwarded-preferred-username") == "octocat"
    assert request.get("x-forwarded-email") == "octo@example.com"
    assert request.get("x-forwarded-groups") == "a,b,Acme,b:x,Acme:dev,Acme:ops"


def test_only_what_is_needed_is_asked_for(stage: Stage, site: GitHub) -> None:
    quiet = ("--pass-user-headers=false", "--pass-basic-auth=false")
    stage.start("--github-org=b", *quiet).sign_in()
    assert site.asked() == ["access_token", "user", "orgs", "emails"]


def test_no_token_and_no_code_is_in_a_log(stage: Stage, site: GitHub) -> None:
    stage.start("--github-org=nope").sign_in()
    stage.sign_in("hubot")
    said = stage.said
    assert not any(token in said for token in site.tokens)
    assert site.client_secret not in said


def test_somebody_without_a_verified_address_gets_in_where_none_is_needed(stage: Stage) -> None:
    browser = stage.start().signed_in("hubot")
    assert browser.get("/").status == 200
    assert stage.world.upstream.requests[-1].get("x-forwarded-email") is None


def test_somebody_without_a_verified_address_is_told_where_one_is_needed(stage: Stage) -> None:
    _, answer = stage.start("--email-domain=example.com").sign_in("hubot")
    assert (answer.status, "email_missing" in answer.text) == (403, True)


# Who gets in


@pytest.mark.parametrize(
    "flags",
    [
        ("--github-org=ACME",),
        ("--github-org=acme", "--github-team=none,ops"),
        ("--github-team=acme:dev",),
        ("--github-user=octocat",),
        ("--github-org=none", "--github-user=Octocat"),
    ],
)
def test_somebody_who_belongs_gets_in(stage: Stage, flags: tuple[str, ...]) -> None:
    assert stage.start(*flags).signed_in().get("/").status == 200


@pytest.mark.parametrize(
    ("flags", "rule"),
    [
        (("--github-org=none",), "github_org"),
        (("--github-org=acme", "--github-team=none"), "github_team"),
        (("--github-team=other:dev",), "github_team"),
        (("--github-user=hubot",), "github_user"),
        (("--github-repo=acme/app",), "github_repo"),
    ],
)
def test_somebody_who_does_not_is_told_so_and_the_log_why(
    stage: Stage, flags: tuple[str, ...], rule: str
) -> None:
    browser, answer = stage.start(*flags).sign_in()
    assert (answer.status, "not_authorized" in answer.text) == (403, True)
    assert rule not in answer.text
    assert "[AuthFailure]" in stage.said
    assert f"rule {rule} refuses octocat" in stage.said
    assert not browser.jar.named("_oauth2_proxy")


@pytest.mark.parametrize(
    ("repo", "gets_in"),
    [
        ({"private": False, "permissions": {"push": True, "pull": True}}, True),
        ({"private": False, "permissions": {"push": False, "pull": True}}, False),
        ({"private": True, "permissions": {"push": False, "pull": True}}, True),
    ],
)
def test_a_repository_lets_in_who_may_push_or_read_what_is_private(
    stage: Stage, site: GitHub, repo: dict[str, object], *, gets_in: bool
) -> None:
    site.repos["acme/app"] = repo
    site.collaborators["acme/app"] = {"octocat"}
    _, answer = stage.start("--github-repo=acme/app").sign_in()
    assert answer.status == (302 if gets_in else 403)


def test_a_renamed_repository_is_not_followed(stage: Stage, site: GitHub) -> None:
    site.queue("repo", Canned.redirect(f"{site.issuer}{API}/repositories/1", 301))
    _, answer = stage.start("--github-repo=acme/app").sign_in()
    assert answer.status == 403
    assert "renamed" in stage.said
    assert not any("repositories" in call.target for call in site.calls)


def test_collaborators_are_told_by_another_token(stage: Stage, site: GitHub) -> None:
    site.tokens["gho_bot"] = "hubot"
    site.collaborators["acme/app"] = {"octocat"}
    stage.start("--github-repo=acme/app", "--github-token=gho_bot")
    assert stage.signed_in().get("/").status == 200
    assert stage.sign_in("hubot")[1].status == 403
    assert "gho_bot" not in stage.said


# What can go wrong at a sign-in


def test_somebody_who_says_no_at_github_may_start_again(stage: Stage) -> None:
    browser = stage.start().gate.browser()
    state = stage.site.authorize(browser.get("/").get("location"), "octocat")["state"]
    answer = browser.get(f"{CALLBACK}?error=access_denied&state={state}")
    assert (answer.status, "provider_refused" in answer.text) == (403, True)
    assert "error=access_denied" in stage.said


def test_a_code_that_is_refused_with_status_200_signs_nobody_in(stage: Stage, site: GitHub) -> None:
    stage.start()
    site.queue("access_token", Canned.json({"error": "bad_verification_code"}))
    _, answer = stage.sign_in()
    assert (answer.status, "grant_rejected" in answer.text) == (403, True)
    assert site.count("access_token") == 1
    assert "bad_verification_code" in stage.said


def test_an_answer_as_a_form_is_understood(stage: Stage, site: GitHub) -> None:
    site.tokens["gho_form"] = "octocat"
    kind = (("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),)
    body = b"access_token=gho_form&scope=read%3Aorg&token_type=bearer"
    site.queue("access_token", Canned(200, body, kind))
    assert stage.start().signed_in().get("/").status == 200


def test_an_organization_with_its_own_sign_on_is_named_as_the_reason(
    stage: Stage, site: GitHub
) -> None:
    site.hidden = {"Acme"}
    _, answer = stage.start("--github-org=acme").sign_in()
    assert (answer.status, "single_sign_on_required" in answer.text) == (403, True)


def test_a_suspended_account_does_not_get_in(stage: Stage, site: GitHub) -> None:
    site.people["octocat"].suspended = True
    _, answer = stage.start().sign_in()
    assert (answer.status, "grant_rejected" in answer.text) == (403, True)
    assert "suspended" in stage.said


def test_a_hiccup_is_asked_over(stage: Stage, site: GitHub) -> None:
    site.queue("user", Canned(502))
    site.queue("orgs", Canned(how="cut"))
    stage.start().sign_in()
    assert (site.count("user"), site.count("access_token")) == (2, 1)


@pytest.mark.parametrize("endpoint", ["user", "orgs", "teams", "emails"])
def test_a_github_that_is_down_is_told_as_such(stage: Stage, site: GitHub, endpoint: str) -> None:
    site.queue(endpoint, Canned(503), Canned(503))
    _, answer = stage.start().sign_in()
    assert (answer.status, "provider_unavailable" in answer.text) == (503, True)


@pytest.mark.parametrize(
    ("limit", "wait"),
    [
        (limited(429, Retry_After="77"), "77"),
        (limited(403, Retry_After="77"), "77"),
        (limited(403, X_RateLimit_Remaining="0"), "10"),
    ],
)
def test_a_limit_is_told_with_its_time(
    stage: Stage, site: GitHub, limit: Canned, wait: str
) -> None:
    site.queue("user", limit)
    _, answer = stage.start().sign_in()
    assert (answer.status, answer.get("retry-after")) == (503, wait)
    assert site.count("user") == 1


# Renewal


def test_nobody_is_asked_before_the_hour_is_over(stage: Stage, site: GitHub) -> None:
    browser = stage.start("--github-org=acme").signed_in()
    stage.later(HOUR - 60)
    assert browser.get("/").status == 200
    assert site.calls == []


def test_a_member_stays_and_new_teams_are_told(stage: Stage, site: GitHub) -> None:
    browser = stage.start("--github-org=acme").signed_in()
    site.people["octocat"].teams = ["Acme:new"]
    stage.later()
    assert browser.get("/").status == 200
    assert stage.world.upstream.requests[-1].get("x-forwarded-groups") == "a,b,Acme,Acme:new"
    assert site.count("access_token") == 0


def test_a_shorter_interval_is_kept(stage: Stage, site: GitHub) -> None:
    browser = stage.start("--github-org=acme", "--cookie-refresh=5m").signed_in()
    stage.later(301)
    assert browser.get("/").status == 200
    assert site.count("user") == 1


def removed(site: GitHub) -> None:
    site.people["octocat"].orgs = ["other"]


def suspended(site: GitHub) -> None:
    site.people["octocat"].suspended = True


def revoked(site: GitHub) -> None:
    site.revoke("octocat")


def renumbered(site: GitHub) -> None:
    site.people["octocat"].id = 7


@pytest.mark.parametrize("change", [removed, suspended, revoked, renumbered])
def test_who_is_gone_is_out_at_the_next_renewal(stage: Stage, site: GitHub, change) -> None:
    browser = stage.start("--github-org=acme").signed_in()
    change(site)
    stage.later()
    before = len(stage.world.upstream.requests)
    answer = browser.get("/")
    assert (answer.status, site.issuer in answer.get("location")) == (302, True)
    assert len(stage.world.upstream.requests) == before
    assert not browser.jar.named("_oauth2_proxy")


def test_a_github_that_is_down_ends_no_session(stage: Stage, site: GitHub) -> None:
    browser = stage.start("--github-org=acme").signed_in()
    site.queue("orgs", Canned(500), Canned(500))
    stage.later()
    assert browser.get("/").status == 200
    assert browser.get("/").status == 200
    assert site.count("orgs") == 2  # one call and its repetition, then a pause
    removed(site)
    stage.later(11)
    assert browser.get("/").status == 302


def test_a_limit_ends_no_session_and_is_respected_to_its_end(stage: Stage, site: GitHub) -> None:
    browser = stage.start("--github-org=acme").signed_in()
    reset = str(int(stage.world.clock() + HOUR + 600))
    site.queue("user", limited(403, X_RateLimit_Remaining="0", X_RateLimit_Reset=reset))
    stage.later()
    for _ in range(20):
        assert browser.get("/").status == 200
        stage.later(20)
    assert site.count("user") == 1
    stage.later(600)
    assert browser.get("/").status == 200
    assert site.count("user") == 2


# Beside another provider


SEVERAL = """
[[providers]]
id = "hub"
provider = "github"
client_id = "{site.client_id}"
client_secret = "{site.client_secret}"
login_url = "{site.issuer}/login/oauth/authorize"
github_org = "acme"

[[providers]]
id = "corp"
oidc_issuer_url = "{idp.issuer}"
client_id = "{idp.client_id}"
client_secret = "{idp.client_secret}"
"""


@pytest.fixture
def several(world: World, site: GitHub) -> Iterator[tuple[Gate, Provider]]:
    """Yield a gate with GitHub and an OpenID provider."""
    idp = world.provider(client_id="corp", client_secret="corp-secret")
    idp.forget()
    (world.folder / "several.toml").write_text(SEVERAL.format(site=site, idp=idp))
    (world.folder / "several-key").write_text("several-" * 4)
    flags = [
        f"--config={world.folder / 'several.toml'}",
        f"--cookie-secret-file={world.folder / 'several-key'}",
        f"--upstream={world.upstream.url}",
        "--email-domain=*",
        "--reverse-proxy",
    ]
    gate = start(world.nursery, world.folder, flags)
    gate.said_until("people can sign in (hub)")
    gate.said_until("people can sign in (corp)")
    yield gate, idp
    gate.end()


def test_each_session_is_renewed_at_its_own_provider(
    world: World, site: GitHub, several: tuple[Gate, Provider]
) -> None:
    gate, idp = several
    browsers = []
    for name, provider, who in (("hub", site, "octocat"), ("corp", idp, "alice@example.com")):
        browser = gate.browser()
        back = provider.authorize(browser.get(f"/oauth2/start/{name}").get("location"), who)
        path = back.redirect_uri.partition("app.example.com")[2]
        assert browser.get(f"{path}?{urlencode(back.parameters)}").status == 302
        browsers.append(browser)
    at_hub, at_corp = browsers
    removed(site)
    site.calls.clear()
    idp.calls.clear()
    world.clock.offset += HOUR
    assert (at_hub.get("/").status, at_corp.get("/").status) == (403, 200)
    assert (site.count("orgs"), idp.count("token")) == (1, 1)
