"""The rules are made of the settings, and what they say is told in the auth log."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sidegate.app.observation import Observation
from sidegate.app.rules import SHADOW_SECONDS, Rulings, rules_of
from sidegate.config.rule_settings import PeopleSettings, RuleSettings
from sidegate.core.decision import Allow, Deny
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.messages import Asked
from tests.unit.app.conftest import MakeSettings
from tests.unit.login.fakes import exchange

ASKED = Asked("app.test", b"GET", b"/private")
SESSION = Session("id", "oidc", Identity("u", "alice@example.com"), Tokens(), 0, 0, 100)


class Desk:
    """A clock, and the log that somebody reads."""

    def __init__(self, observation: Observation) -> None:
        self.now = 1000.0
        self.observation = observation
        self.rulings = Rulings(observation, lambda: self.now, "/oauth2/account")

    def rule(
        self, decision: Allow | Deny, user: str = "alice@example.com", route: str = ""
    ) -> None:
        made = exchange("/private")
        made.user, made.route = user, route
        self.rulings(made, ASKED, decision)

    def told(self, capfd: pytest.CaptureFixture[str]) -> list[str]:
        self.observation.close()
        return capfd.readouterr().out.splitlines()


@pytest.fixture
def desk(settings: MakeSettings) -> Iterator[Desk]:
    observation = Observation(settings(), lambda: 1000.0)
    yield Desk(observation)
    observation.close()


def test_the_options_and_the_list_become_one(settings: MakeSettings, tmp_path: Path) -> None:
    emails = tmp_path / "emails"
    emails.write_text("bob@other.test\n")
    access = settings(f"--authenticated-emails-file={emails}").access
    assert rules_of(access).ordered is None
    assert rules_of(access).refusal(Identity("u", "bob@other.test")) is None
    closed = RuleSettings(name="closed", deny=(PeopleSettings(),))
    ordered = rules_of(msgspec.structs.replace(access, rules=(closed,))).ordered
    assert ordered is not None
    assert ordered.refusal(SESSION, ASKED) == "closed"


def test_a_refusal_is_told_each_time_with_the_rule(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        desk.rule(Deny("no entrance", SESSION, everywhere=False))
    lines = desk.told(capfd)
    assert len(lines) == 2
    assert lines[0].endswith(
        '[AuthFailure] refused rule="no entrance" method=GET host=app.test path=/private'
    )
    assert " - alice@example.com [" in lines[0]


def test_the_page_that_no_single_rule_closes_is_not_said_to_be_refused(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    desk.rule(Deny("no entrance", SESSION, everywhere=False), route="/oauth2/account")
    desk.rule(Allow(SESSION, would_refuse="later"), route="/oauth2/account")
    desk.rule(Deny("no email", SESSION, everywhere=True), route="/oauth2/account")
    (line,) = desk.told(capfd)
    assert 'rule="no email"' in line


def test_what_a_rule_in_shadow_would_refuse_is_told_once_in_a_while_for_each_person(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    for user in ("alice@example.com", "bob@example.com", "alice@example.com"):
        desk.rule(Allow(SESSION, "trial"), user)
    desk.rule(Allow(SESSION, "other"))
    desk.now += SHADOW_SECONDS
    desk.rule(Allow(SESSION, "trial"))
    lines = desk.told(capfd)
    assert [line.partition("rule=")[2].split()[0] for line in lines] == [
        "trial",
        "trial",
        "other",
        "trial",
    ]
    assert "[AuthSuccess] would_refuse rule=trial" in lines[0]
