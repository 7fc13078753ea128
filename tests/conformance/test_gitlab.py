"""GitLab over the wire: groups, projects, and who left."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.conformance.attacks import CALLBACK
from tests.conformance.browser import Answer, Browser
from tests.conformance.gates import Gate
from tests.conformance.provider import Canned
from tests.conformance.provider.gitlab import GitLab
from tests.conformance.world import World

HOUR = 3600.0
WIKI = "company/wiki"
GROUP, PROJECT = "--gitlab-group=company", f"--gitlab-project={WIKI}=30"
ALICE = {"sub": "42", "email": "alice@example.com", "email_verified": True, "nickname": "alice"}


@pytest.fixture(scope="module")
def running(world: World) -> Iterator[GitLab]:
    with GitLab(world.clock) as site:
        yield site


class Stage:
    """A gate before the application, and GitLab behind it. `person` is who signs in."""

    def __init__(self, world: World, site: GitLab) -> None:
        self.world, self.site = world, site
        self.person: dict[str, Any] = {**ALICE, "groups": ["company", "company/team"]}
        self.gate: Gate

    def start(self, *flags: str) -> "Stage":
        self.gate = self.world.gate(
            self.site,
            "--provider=gitlab",
            "--email-domain=*",
            "--reverse-proxy",
            "--skip-provider-button",
            *flags,
        )
        return self

    def sign_in(self) -> tuple[Browser, Answer]:
        browser = self.gate.browser()
        # As GitLab: the ID token says who it is, and only userinfo tells the groups.
        groups = self.person.pop("groups", None)
        told = {"userinfo": {"groups": groups}} if groups is not None else {}
        where = browser.get("/deep").get("location")
        back = self.site.authorize(where, self.person, told)  # type: ignore[arg-type] - a mutation
        return browser, browser.get(f"{CALLBACK}?{urlencode(back.parameters)}")

    def signed_in(self) -> Browser:
        browser, answer = self.sign_in()
        assert answer.status == 302, self.gate.output
        self.site.calls.clear()
        return browser

    def groups(self, browser: Browser) -> str | None:
        """Return the groups that the application is told of."""
        assert browser.get("/").status == 200
        return self.world.upstream.requests[-1].get("x-forwarded-groups")


@pytest.fixture
def stage(world: World, running: GitLab) -> Iterator[Stage]:
    running.forget()
    running.levels, running.archived = {}, set()
    running.queued.clear()
    made = Stage(world, running)
    yield made
    made.gate.hang_up()


def test_a_member_of_the_group_gets_in_and_is_told_with_all_groups(stage: Stage) -> None:
    browser = stage.start(GROUP).signed_in()
    assert stage.groups(browser) == "company,company/team"
    assert stage.world.upstream.requests[-1].get("x-forwarded-user") == "42"
    assert stage.site.asked() == []


@pytest.mark.parametrize("groups", [["company2", "Company"], [], None])
def test_nobody_else_gets_in(stage: Stage, groups: list[str] | None) -> None:
    stage.person["groups"] = groups
    _, answer = stage.start(GROUP).sign_in()
    assert (answer.status, "not_authorized" in answer.text) == (403, True)
    assert "company" not in answer.text


def test_a_level_in_a_project_opens_too(stage: Stage) -> None:
    stage.site.levels = {WIKI: 30}
    stage.person["groups"] = ["other"]
    browser = stage.start(GROUP, PROJECT).signed_in()
    assert stage.groups(browser) == f"other,project:{WIKI}"


@pytest.mark.parametrize("level", [0, 10, 20])
def test_a_lower_level_does_not(stage: Stage, level: int) -> None:
    stage.site.levels = {WIKI: level}
    _, answer = stage.start(PROJECT).sign_in()
    assert answer.status == 403
    assert stage.site.asked() == [WIKI]


def test_an_archived_project_opens_nothing(stage: Stage) -> None:
    stage.site.levels, stage.site.archived = {WIKI: 50}, {WIKI}
    _, answer = stage.start(PROJECT).sign_in()
    assert answer.status == 403


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (Canned(503), 503, "provider_unavailable"),
        (Canned(how="cut"), 502, "provider_misbehaved"),
        (Canned(429, fields=(("Retry-After", "60"),)), 503, "provider_unavailable"),
        (Canned(200, b"<html>"), 502, "provider_misbehaved"),
        (Canned(401), 502, "provider_misbehaved"),
    ],
)
def test_nobody_gets_in_while_gitlab_cannot_tell(
    stage: Stage, answer: Canned, status: int, code: str
) -> None:
    stage.site.queued += [answer, answer]
    _, page = stage.start(PROJECT).sign_in()
    assert (page.status, code in page.text) == (status, True)


def test_who_left_the_project_is_out_within_the_hour(stage: Stage) -> None:
    stage.site.levels = {WIKI: 40}
    browser = stage.start(PROJECT).signed_in()
    stage.site.levels = {}
    stage.world.clock.offset += HOUR - 60
    assert browser.get("/").status == 200
    assert stage.site.asked() == []
    stage.world.clock.offset += 61
    answer = browser.get("/")
    assert (answer.status, stage.site.issuer in answer.get("location")) == (302, True)
    assert stage.site.asked() == [WIKI]


def test_a_gitlab_that_is_down_ends_no_session(stage: Stage) -> None:
    stage.site.levels = {WIKI: 40}
    browser = stage.start(PROJECT).signed_in()
    stage.site.queued += [Canned(500), Canned(500)]
    stage.world.clock.offset += HOUR
    assert stage.groups(browser) == f"company,company/team,project:{WIKI}"
