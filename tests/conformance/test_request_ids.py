"""One request id: taken from a trusted peer, and the same in all places; nobody else names one."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.conformance.attacks import CALLBACK
from tests.conformance.browser import NAVIGATION, Answer, Browser
from tests.conformance.gates import Gate
from tests.conformance.provider import Provider
from tests.conformance.world import World
from tests.integration.processes import until

FLAGS = ("--email-domain=example.com", "--skip-provider-button", "--logging-format=json")
RULES = '[[rules]]\nname = "closed"\npaths = ["/closed"]\ndeny = "everybody"\n'
OPEN = '[[rules]]\nname = "rest"\nallow = "everybody"\n'
GIVEN = "proxy-7:a.b/c=1"
OWN = re.compile(r"[0-9a-f]{24}")
FIELD = "X-Request-Id"
JSON = (("Accept", "application/json"),)
SCRIPT = (*JSON, ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors"))


@dataclass
class Stage:
    """A gate, and somebody who is signed in there."""

    world: World
    gate: Gate
    audit: Path
    browser: Browser

    def ask(self, path: str, *fields: tuple[str, str]) -> Answer:
        return self.browser.ask("GET", path, *(fields or NAVIGATION))

    def told(self) -> str | None:
        """Return the id that the application was told last."""
        return self.world.upstream.requests[-1].get("x-request-id")

    def logged(self, request_id: str, log: str) -> list[dict[str, Any]]:
        """Return the lines of a log with this id."""
        lines = [json.loads(line) for line in self.gate.output.splitlines()]
        return [x for x in lines if x["log"] == log and x.get("request_id") == request_id]

    def audited(self, request_id: str) -> list[str]:
        """Return the events with this id."""
        events = map(json.loads, self.audit.read_text().splitlines())
        return [event["event"] for event in events if event.get("request_id") == request_id]

    def is_everywhere(self, request_id: str, event: str) -> bool:
        until(lambda: event in self.audited(request_id), 20, f"{event} with {request_id}")
        self.gate.said_all()
        return bool(self.logged(request_id, "request") and self.logged(request_id, "auth"))


def stage_of(world: World, folder: Path, idp: Provider, *flags: str) -> Stage:
    config, audit = folder / "gate.toml", folder / "audit.jsonl"
    config.write_text(RULES + OPEN)
    gate = world.gate(idp, *FLAGS, f"--config={config}", f"--audit-log-file={audit}", *flags)
    browser = gate.browser(https="--reverse-proxy" in flags)
    back = idp.authorize(browser.get("/").get("location"), "alice@example.com")
    assert browser.get(f"{CALLBACK}?{urlencode(back.parameters)}").status == 302
    return Stage(world, gate, audit, browser)


@pytest.fixture
def stage(world: World, tmp_path: Path) -> Iterator[Stage]:
    """Yield a gate behind a proxy that it trusts."""
    made = stage_of(world, tmp_path, world.provider(), "--reverse-proxy")
    yield made
    made.gate.hang_up()


def test_the_id_of_a_trusted_peer_is_in_every_place(stage: Stage) -> None:
    given = (FIELD, GIVEN)
    assert stage.ask("/open", *NAVIGATION, given).status == 200
    assert stage.told() == GIVEN
    page = stage.ask("/closed", *NAVIGATION, given)
    assert (page.status, f"<code>{GIVEN}</code>" in page.text) == (403, True)
    document = stage.ask("/closed", *SCRIPT, given)
    assert (document.status, json.loads(document.text)["request_id"]) == (403, GIVEN)
    assert stage.is_everywhere(GIVEN, "access_refused")
    assert {page.get("x-request-id"), document.get("x-request-id")} == {GIVEN}


def test_each_answer_of_the_gate_carries_the_id_and_those_of_the_application_are_its_own(
    stage: Stage,
) -> None:
    for path, status in (("/oauth2/auth", 202), ("/oauth2/userinfo", 200), ("/closed", 403)):
        answer = stage.ask(path, *JSON, (FIELD, GIVEN))
        assert (answer.status, answer.all("x-request-id")) == (status, [GIVEN])
    stranger = stage.gate.browser().ask("GET", "/open", *NAVIGATION, (FIELD, GIVEN))
    assert (stranger.status, stranger.all("x-request-id")) == (302, [GIVEN])
    assert stage.ask("/open", *NAVIGATION, (FIELD, GIVEN)).all("x-request-id") == []


def test_an_id_that_the_gate_made_is_the_same_in_every_place(stage: Stage) -> None:
    stage.ask("/open")
    assert OWN.fullmatch(stage.told() or "")
    page = stage.ask("/closed")
    made = page.get("x-request-id")
    assert OWN.fullmatch(made)
    assert f"<code>{made}</code>" in page.text
    assert stage.is_everywhere(made, "access_refused")


@pytest.mark.parametrize(
    "odd",
    ["x" * 129, "two words", '"quoted"', "<b>", "a,b", "a;b", "\u00e9", "%0d%0a", "{{.Host}}", ""],
)
def test_an_odd_id_is_replaced_in_every_place(stage: Stage, odd: str) -> None:
    stage.ask("/open", *NAVIGATION, (FIELD, odd))
    assert OWN.fullmatch(stage.told() or "")
    page = stage.ask("/closed", *NAVIGATION, (FIELD, odd))
    assert OWN.fullmatch(page.get("x-request-id"))
    assert stage.is_everywhere(page.get("x-request-id"), "access_refused")


def test_of_two_ids_neither_counts(stage: Stage) -> None:
    stage.ask("/open", *NAVIGATION, (FIELD, GIVEN), (FIELD, "another"))
    assert OWN.fullmatch(stage.told() or "")


def test_whoever_is_not_trusted_names_no_id(world: World, tmp_path: Path) -> None:
    plain = ("--cookie-secure=false",)
    stage = stage_of(world, tmp_path, world.provider(client_id="direct"), *plain)
    stage.ask("/open", *NAVIGATION, (FIELD, GIVEN))
    assert OWN.fullmatch(stage.told() or "")
    page = stage.ask("/closed", *NAVIGATION, (FIELD, GIVEN))
    assert OWN.fullmatch(page.get("x-request-id"))
    stage.gate.said_all()
    assert GIVEN not in page.text + stage.gate.output + stage.audit.read_text()
    stage.gate.hang_up()
