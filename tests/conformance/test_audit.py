"""A gate lives through all that the audit has to tell; whoever changes what it wrote is found out.

Sessions are in Redis, so that operators act on them while the gate runs: two programs write one
file and one chain.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jsonschema
import pytest

from sidegate.cli import main
from sidegate.observe.chain import hash_of
from tests.conformance.attacks import CALLBACK
from tests.conformance.backchannel import post
from tests.conformance.browser import NAVIGATION, Answer, Browser
from tests.conformance.daily_life import KEPT, TOKEN_OF_FORM
from tests.conformance.gates import COOKIE_SECRET, Gate, honest_flags, start
from tests.conformance.provider import Canned, Provider
from tests.conformance.world import REDIS_PASSWORD, World
from tests.integration.processes import until

pytestmark = pytest.mark.needs("redis")
SCHEMA = Path(__file__).parents[2] / "docs/operate/audit-event.schema.json"
HOUR, DAY = 3600.0, 86400.0
RULES = '[[rules]]\nname = "closed"\npaths = ["/closed"]\ndeny = "everybody"\n'
OPEN = '[[rules]]\nname = "rest"\nallow = "everybody"\n'
ALICE, DORA = "alice@example.com", "dora@example.com"
OTHER_SECRET = "another-secret-of-thirty-two-byt"


@dataclass
class Life:
    """What a gate lived through, in the files of its audit."""

    world: World
    idp: Provider
    gate: Gate
    folder: Path
    flags: Sequence[str]
    said: list[int] = field(default_factory=list)

    def files(self) -> list[Path]:
        """Return the files of the audit, the oldest first."""
        return sorted(self.folder.glob("audit*"))

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for one in self.files() for line in one.read_bytes().splitlines()]

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the events of a name."""
        return [event for event in self.events() if event["event"] == name]

    def wait_for(self, name: str) -> None:
        until(lambda: self.named(name), 20, f"{name} in the audit")

    # What people and operators do

    def sign_in(self, person: str = ALICE, **mutation: Any) -> Browser:
        browser = self.gate.browser()
        where = browser.get("/deep").get("location")
        back = self.idp.authorize(where, person, mutation or None)  # type: ignore[arg-type] # one
        browser.get(f"{CALLBACK}?{urlencode(back.parameters)}")
        return browser

    def send(self, browser: Browser, **form: str) -> Answer:
        own = (("Origin", "https://app.example.com"), ("Sec-Fetch-Site", "same-origin"))
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        body = urlencode(form).encode()
        return browser.ask("POST", "/oauth2/account", *NAVIGATION, *own, kind, body=body)

    def operate(self, *words: str) -> int:
        return main([*words, *self.flags])

    def erase_me(self, browser: Browser) -> int:
        asked = self.send(browser, do="ask").text
        return self.send(browser, do="erase", token=TOKEN_OF_FORM.findall(asked)[-1]).status


@pytest.fixture(scope="module")
def life(world: World, tmp_path_factory: pytest.TempPathFactory) -> Life:
    """Return a life that has been lived, to its end."""
    folder = tmp_path_factory.mktemp("audit")
    idp = world.provider(client_id="audited")
    idp.answers["desk"] = Canned(204, b"")
    config, secrets = folder / "gate.toml", folder / "cookie-secrets"
    config.write_text(OPEN)
    secrets.write_text(COOKIE_SECRET)
    (folder / "webhook").write_text("a-secret-of-the-webhook-0123456789")
    flags = (
        *(one for one in honest_flags(idp, world.upstream, folder) if "cookie-secret" not in one),
        f"--config={config}",
        f"--cookie-secret-file={secrets}",
        f"--audit-log-file={folder / 'audit.jsonl'}",
        "--audit-hash-chain",
        *KEPT,
        "--session-store-type=redis",
        f"--redis-connection-url={world.redis().url.replace('//', f'//:{REDIS_PASSWORD}@')}",
        f"--erasure-request-url={idp.issuer}/desk",
        f"--erasure-request-secret-file={folder / 'webhook'}",
        *("--email-domain=example.com", "--reverse-proxy", "--skip-provider-button"),
        *("--backchannel-logout", "--cookie-refresh=1h", "--cookie-secret-grace=1ms"),
    )
    gate = start(world.nursery, folder, list(flags))
    made = Life(world, idp, gate, folder, flags)
    gate.said_until("the provider was discovered")
    live(made, config, secrets)
    gate.end()
    return made


def live(life: Life, config: Path, secrets: Path) -> None:
    """Do everything that is a security event."""
    clock = life.world.clock
    alice = life.sign_in()
    life.sign_in(claims={"nonce": "of somebody else"})
    life.sign_in("mallory@elsewhere.example")
    config.write_text(RULES + OPEN)
    life.wait_for("configuration_changed")
    assert alice.get("/closed").status == 403
    config.write_text("[[rules]]\nname = 1\n")
    life.wait_for("configuration_refused")
    config.write_text(RULES + OPEN)
    clock.offset += HOUR + 5
    assert alice.get("/after-an-hour").status == 200
    life.wait_for("session_renewed")
    secrets.write_text(f"{OTHER_SECRET}\n{COOKIE_SECRET}\n")
    life.wait_for("key_changed")
    assert [life.erase_me(alice) for _ in range(4)] == [200, 200, 200, 429]
    assert alice.get("/oauth2/account?download").status == 200
    life.wait_for("data_exported")
    clock.offset += DAY
    bob = life.sign_in("bob@example.com")
    bob.get("/oauth2/sign_out")
    life.wait_for("signed_out")
    life.sign_in("carol@example.com")
    token = life.idp.logout_token("carol@example.com", {"header": {"typ": "logout+jwt"}})
    assert post(life.gate.browser(), token).status == 200
    life.wait_for("backchannel_logout")
    life.said.append(life.operate("privacy", "export", f"--user={ALICE}"))
    life.said.append(life.operate("sessions", "revoke", f"--user={ALICE}"))
    clock.offset += DAY
    assert life.sign_in(DORA).get("/").status == 200
    until(lambda: any(one.get("user") == DORA for one in life.events()), 20, "her lines")
    life.said.append(life.operate("privacy", "erase", f"--user={DORA}"))


WANTED: dict[str, dict[str, str]] = {
    "gate_started": {},
    "sign_in_started": {},
    "sign_in_succeeded": {"user": ALICE, "provider": "oidc"},
    "sign_in_failed": {"code": "id_token_rejected"},
    "access_refused": {"rule": "closed", "path": "/closed", "method": "GET", "user": ALICE},
    "session_renewed": {"user": ALICE},
    "signed_out": {"user": "bob@example.com"},
    "backchannel_logout": {},
    "sessions_revoked": {"user": ALICE},
    "key_changed": {},
    "configuration_changed": {},
    "configuration_refused": {"outcome": "error"},
    "rate_limited": {"code": "erasure_too_often", "user": ALICE},
    "erasure_requested": {"user": ALICE},
    "erasure_done": {},
    "data_exported": {"user": ALICE},
    "gate_stopped": {},
}


@pytest.mark.parametrize("name", WANTED)
def test_each_event_is_told_with_what_it_is_about(life: Life, name: str) -> None:
    found = life.named(name)
    assert [one for one in found if WANTED[name].items() <= one.items()], found


def test_every_event_is_as_the_schema_says(life: Life) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    for event in life.events():
        jsonschema.validate(event, schema)


def test_a_stranger_fails_to_sign_in_and_the_option_is_named(life: Life) -> None:
    (stranger,) = [one for one in life.named("sign_in_failed") if one["code"] == "not_authorized"]
    assert (stranger["user"], stranger["detail"]) == ("mallory@elsewhere.example", "rule email")


def test_an_erasure_of_operators_names_the_pseudonym_and_the_operator_only(life: Life) -> None:
    (done,) = life.named("erasure_done")
    assert done["user"].startswith("erased-")
    assert " by " in done["detail"]
    assert "dora" not in json.dumps(done)


def test_the_gate_and_the_operators_wrote_one_chain_over_three_days(
    life: Life, capfd: pytest.CaptureFixture[str]
) -> None:
    assert life.said == [0, 0, 1], "an erasure leaves the links of the chain, and says so"
    assert len(life.files()) == 3
    assert verify(life.files()) == 0
    assert f"lines 1 to {len(life.events())} hold" in capfd.readouterr().out


# Whoever may write the files


def verify(files: Sequence[Path], *flags: str) -> int:
    return main(["audit", "verify", *map(str, files), *flags])


@pytest.fixture
def copies(life: Life, tmp_path: Path) -> list[Path]:
    """Return files that a test may change."""
    return [Path(shutil.copy(file, tmp_path)) for file in life.files()]


def changed(lines: list[bytes]) -> None:
    lines[1] = lines[1].replace(b'"outcome":"success"', b'"outcome":"failure"', 1)
    lines[1] = lines[1].replace(b'"schema":1', b'"schema":2', 1)


def removed(lines: list[bytes]) -> None:
    del lines[1]


def swapped(lines: list[bytes]) -> None:
    lines[1], lines[2] = lines[2], lines[1]


def doubled(lines: list[bytes]) -> None:
    lines.insert(1, lines[1])


def numbered_anew(lines: list[bytes]) -> None:
    """Remove a line, and let the numbers of the others go on without it."""
    del lines[1]
    for place, line in enumerate(lines[1:], 1):
        event = json.loads(line)
        event["seq"] -= 1
        lines[place] = json.dumps(event, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("change", [changed, removed, swapped, doubled, numbered_anew])
def test_what_was_done_to_a_line_is_found(
    copies: list[Path], change: Callable[[list[bytes]], None], number: int
) -> None:
    lines = copies[number].read_bytes().splitlines(keepends=True)
    change(lines)
    copies[number].write_bytes(b"".join(lines))
    assert verify(copies) == 1


def test_a_file_that_is_missing_in_the_middle_is_found(copies: list[Path]) -> None:
    assert verify([copies[0], copies[2]]) == 1


def test_the_oldest_file_may_be_gone_for_that_is_what_retention_does(
    copies: list[Path], capfd: pytest.CaptureFixture[str]
) -> None:
    assert verify(copies[1:]) == 0
    assert "older files are gone" in capfd.readouterr().out


@pytest.mark.parametrize("cut", ["a line", "a file"])
def test_a_tail_that_was_cut_off_is_found_by_a_hash_that_was_noted(
    copies: list[Path], cut: str
) -> None:
    lines = copies[-1].read_bytes().splitlines(keepends=True)
    noted = f"--contains={hash_of(lines[-1].removesuffix(bytes([10])))}"
    assert verify(copies, noted) == 0
    if cut == "a line":
        copies[-1].write_bytes(b"".join(lines[:-1]))
    else:
        copies.pop()
    assert verify(copies) == 0, "nothing in the files says that there was more"
    assert verify(copies, noted) == 1
