"""Mistakes in rules stop the start, each with its line and its mending."""

import pytest

from sidegate.config.checks.rules import claims_of
from sidegate.config.rule_settings import PeopleSettings, RuleSettings
from tests.unit.config.conftest import Desk

WHOLE = """
[[rules]]
name = "finance"
hosts = ["Finance.example.com", "*.fin.example.com"]
paths = "/reports"
exact_paths = ["/"]
path-patterns = ["^/v[0-9]+/"]
methods = ["get"]
providers = ["oidc"]
allow = [{ groups = ["finance"], claims = { dept = "fin" } }, { emails = ["boss@example.com"] }]
mode = "shadow"

[rules.deny]
all_groups = ["a", "b"]
users = "u"
email_domains = [".example.com"]
roles = ["guest"]
"""
REST = '\n[[rules]]\nname = "rest"\nallow = "everybody"\n'


def test_a_rule_may_say_all_of_this(desk: Desk) -> None:
    loaded = desk.load(toml=WHOLE + REST)
    assert loaded.settings.access.rules == (
        RuleSettings(
            name="finance",
            hosts=("Finance.example.com", "*.fin.example.com"),
            paths=("/reports",),
            exact_paths=("/",),
            path_patterns=("^/v[0-9]+/",),
            methods=("get",),
            providers=("oidc",),
            allow=(
                PeopleSettings(groups=("finance",), claims=(("dept", ("fin",)),)),
                PeopleSettings(emails=("boss@example.com",)),
            ),
            deny=(
                PeopleSettings(
                    all_groups=("a", "b"),
                    users=("u",),
                    email_domains=(".example.com",),
                    roles=("guest",),
                ),
            ),
            shadow=True,
        ),
        RuleSettings(name="rest", allow=(PeopleSettings(),)),
    )
    assert loaded.settings.providers[0].kept_claims == ("dept",)
    assert loaded.settings.access.need_groups
    assert claims_of(loaded.settings.access.rules) == ("dept",)
    assert loaded.warnings == []


def test_without_rules_nothing_is_kept_and_no_group_is_looked_up(desk: Desk) -> None:
    settings = desk.load(toml=REST).settings
    assert settings.providers[0].kept_claims == ()
    assert not settings.access.need_groups
    assert desk.load().settings.access.rules == ()


@pytest.mark.parametrize(
    ("lines", "what", "line"),
    [
        ('nmae = "x"', "Did you mean name?", 4),
        ('email_domains = ["x"]', "options stand above the first table", 4),
        ("allow = {}", "describes nobody", 4),
        ("allow = []", "neither a description", 4),
        ('allow = "all"', "neither a description", 4),
        ('allow = ["staff"]', "neither a description", 4),
        ('allow = { grups = ["x"] }', "Did you mean groups?", 4),
        ("allow = { groups = [] }", "an empty list", 4),
        ("allow = { groups = [1] }", "not a list of texts", 4),
        ('allow = { groups = [""] }', "not a list of texts", 4),
        ('allow = { claims = ["x"] }', "not a table of lists", 4),
        ("allow = { claims = { d = 1 } }", "allow.claims.d: not a list", 4),
        ('allow = { emails = ["x"] }', '"x" is no email', 4),
        ('allow = { email_domains = ["*"] }', '"*" is no domain', 4),
        ('allow = { providers = ["odic"] }', "Did you mean oidc?", 4),
        ('providers = ["github"]\nallow = "everybody"', '"github" is no provider here', 4),
        ('hosts = []\nallow = "everybody"', "an empty list", 4),
        ('hosts = ["https://a.b"]\nallow = "everybody"', "no host", 4),
        ('hosts = ["a.b:80"]\nallow = "everybody"', "no host", 4),
        ('hosts = ["*"]\nallow = "everybody"', "no host", 4),
        ('paths = ["admin"]\nallow = "everybody"', "no plain path", 4),
        ('paths = ["/admin/*"]\nallow = "everybody"', "Patterns stand in path_patterns", 4),
        ('paths = ["/a/../b"]\nallow = "everybody"', "no plain path", 4),
        ('exact_paths = ["/a%20b"]\nallow = "everybody"', "Write it decoded", 4),
        ('path_patterns = ["("]\nallow = "everybody"', "is not accepted", 4),
        ('methods = ["GET,POST"]\nallow = "everybody"', "no method", 4),
        ('mode = "watch"\nallow = "everybody"', "neither enforce nor shadow", 4),
        ('paths = ["/x"]', "allows nobody", 2),
        ('deny = { groups = ["x"] }', "says whom it denies and not whom it allows", 2),
        ('allow = { groups = ["x"] }\ndeny = "everybody"', "denies everybody", 4),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_mending(
    desk: Desk, lines: str, what: str, line: int
) -> None:
    mistakes = desk.mistakes(toml=f'\n[[rules]]\nname = "x"\n{lines}\n' + REST)
    fitting = [mistake for mistake in mistakes if what in mistake]
    assert fitting, mistakes
    assert fitting[0].startswith(f"gate.toml line {line}")


@pytest.mark.parametrize("name", ['""', "1", '"no_rule"', '"a\\nb"', '"-x"', f'"{"x" * 65}"'])
def test_a_name_can_stand_in_a_log(desk: Desk, name: str) -> None:
    assert "cannot stand in a log" in desk.mistake(
        toml=f'[[rules]]\nname = {name}\nallow = "everybody"'
    )


def test_a_name_is_taken_once(desk: Desk) -> None:
    assert 'the name "rest" is taken by the rule at gate.toml line 2' in desk.mistake(
        toml=REST + '[[rules]]\nname = "rest"\npaths = "/x"\ndeny = "everybody"\nmode = "shadow"'
    )


def test_a_door_may_be_closed_for_all(desk: Desk) -> None:
    closed = '[[rules]]\nname = "closed"\npaths = ["/internal"]\ndeny = "everybody"'
    assert desk.load(toml=closed + REST).warnings == []


@pytest.mark.parametrize(
    ("above", "below", "warned"),
    [
        ("", 'paths = ["/x"]', True),
        ('paths = ["/"]', 'paths = ["/x"]', True),
        ('paths = ["/x"]', 'paths = ["/x"]', True),
        ('paths = ["/x"]', 'paths = ["/y"]', False),
        ('hosts = ["a.b"]', "", False),
        ('hosts = ["a.b", "c.d"]', 'hosts = ["a.b"]', True),
        ('methods = ["GET"]', 'methods = ["POST"]', False),
        ('providers = ["oidc"]', 'paths = ["/x"]', False),
        ('mode = "shadow"', 'paths = ["/x"]', False),
    ],
)
def test_a_rule_that_never_decides_is_warned_of(
    desk: Desk, above: str, below: str, *, warned: bool
) -> None:
    rules = "".join(
        f'[[rules]]\nname = "{name}"\nallow = "everybody"\n{lines}\n'
        for name, lines in (("above", above), ("below", below))
    )
    told = [text for text in desk.load(toml=rules).warnings if "never decides" in text]
    assert bool(told) is warned


def test_whoever_signs_in_by_a_password_is_known_where_there_is_a_file_of_users(
    desk: Desk,
) -> None:
    rule = '[[rules]]\nname = "x"\nallow = { providers = ["htpasswd"] }'
    assert "is no provider here" in desk.mistake(toml=rule)
    desk.files["users"] = b"u:$2b$10$" + b"a" * 53
    assert desk.mistakes("--htpasswd-file=users", toml=rule) == []
