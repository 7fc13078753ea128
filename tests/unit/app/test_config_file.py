"""Rules of a changed configuration hold at once; what else changed is named, and waits."""

from pathlib import Path

import pytest

from sidegate.app.config_file import ConfigFile, watch_config
from sidegate.app.rules import rules_of
from sidegate.config.findings import Malformed
from sidegate.config.load import load
from sidegate.config.settings import Settings
from sidegate.core.errors import ConfigurationError
from sidegate.core.identity import Identity
from tests.kit.gate import FLAGS, UPSTREAM, Proxy, cookie_for, request
from tests.kit.wire import Wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
RULE = """
[[rules]]
name = "r"
paths = ["/%s"]
allow = [{ groups = ["staff"] }]
"""


class Stage:
    """A gate that started with one configuration, and what its file says now."""

    def __init__(self, toml: str) -> None:
        started = settings_of(toml)
        self.toml = toml
        self.rules = rules_of(started.access)
        file = ConfigFile("gate.toml", lambda: settings_of(self.toml))
        self.watched = watch_config(file, started, self.rules)

    def change(self, toml: str) -> str | None:
        self.toml = toml
        return self.watched.read()()


def settings_of(toml: str) -> Settings:
    flags = [flag for flag in (*FLAGS, UPSTREAM) if not flag.startswith("--email-domain")]
    if "email_domains" not in toml:
        toml = f'email_domains = ["example.com"]\n{toml}'

    def read(path: str) -> bytes:
        return toml.encode() if path == "gate.toml" else Path(path).read_bytes()

    return load([*flags, "--config=gate.toml"], {}, read).settings


def test_new_rules_judge_the_next_request() -> None:
    file = ConfigFile("gate.toml", lambda: settings_of(RULE % "two"))
    gate = Proxy(toml=RULE % "one", config_file=file)
    cookie = cookie_for(gate)
    (watched,) = gate.base.watched
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(b"/one", cookie=cookie))
        wire.upstream_sends(OK)
        assert wire.client_got().status == 200
        assert watched.read()() == "1 rules"
        wire.client_sends(request(b"/one", cookie=cookie))
        assert wire.client_got().status == 403


def test_email_domains_and_groups_hold_too() -> None:
    stage = Stage('email_domains = ["a.test"]\nallowed_groups = ["staff"]')
    alice = Identity("1", "alice@b.test", groups=("ops",))
    assert stage.rules.refusal(alice) == "email"
    stage.change('email_domains = ["b.test"]\nallowed_groups = ["ops"]')
    assert stage.rules.refusal(alice) is None


def test_what_else_changed_is_named_and_told_once() -> None:
    stage = Stage(RULE % "x")
    toml = 'cookie_expire = "2h"\nscope = "openid"\n' + RULE % "x"
    told = stage.change(toml)
    assert told == "1 rules; a restart is needed for cookie_expire, scope"
    assert stage.change(toml) is None


def test_the_same_configuration_is_no_news() -> None:
    assert Stage(RULE % "x").change("# said anew\n" + RULE % "x") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", RULE % "x"),
        ('email_domains = ["a.test"]', 'email_domains = ["*"]'),
        (RULE % "x", (RULE % "x").replace('groups = ["staff"]', 'claims = { dept = ["x"] }')),
    ],
)
def test_what_sessions_were_not_made_for_needs_a_restart(before: str, after: str) -> None:
    stage = Stage(before)
    with pytest.raises(Malformed, match="restart"):
        stage.change(after)


def test_a_broken_configuration_changes_nothing() -> None:
    stage = Stage('email_domains = ["a.test"]')
    with pytest.raises(ConfigurationError):
        stage.change('email_domains = ["b.test"]\nno_such_option = 1')
    assert stage.rules.refusal(Identity("1", "alice@a.test")) is None


def test_a_gate_with_a_file_watches_it_and_one_without_does_not() -> None:
    file = ConfigFile("gate.toml", lambda: settings_of(""))
    (watched,) = Proxy(config_file=file).base.watched
    assert (watched.name, watched.paths) == ("config", ("gate.toml",))
    assert Proxy().base.watched == []


def test_the_list_of_people_is_the_one_of_the_start_until_a_restart(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.write_text("alice@list.test\n")
    after.write_text("bob@list.test\n")
    stage = Stage(f'authenticated_emails_file = "{before}"')
    told = stage.change(f'email_domains = ["b.test"]\nauthenticated_emails_file = "{after}"')
    assert told == "0 rules; a restart is needed for authenticated_emails_file"
    assert stage.rules.refusal(Identity("1", "alice@list.test")) is None
    assert stage.rules.refusal(Identity("2", "bob@list.test")) == "email"
    assert stage.rules.refusal(Identity("3", "carol@b.test")) is None


def test_a_list_of_people_that_is_emptied_meanwhile_refuses_nobody(tmp_path: Path) -> None:
    people = tmp_path / "people"
    people.write_text("alice@list.test\n")
    stage = Stage(f'authenticated_emails_file = "{people}"')
    people.write_text("")
    stage.change(f'email_domains = ["b.test"]\nauthenticated_emails_file = "{people}"')
    assert stage.rules.refusal(Identity("1", "alice@list.test")) is None
