"""`sidegate explain` says what would happen, and its status says the outcome."""

from pathlib import Path

import pytest

from sidegate.cli import main
from sidegate.cli.explain import person, sort, take_request
from sidegate.config.expectations import Person, Request

Output = pytest.CaptureFixture[str]
RULES = """
[[rules]]
name = "admin"
paths = ["/admin"]
allow = { groups = ["admins"] }

[[rules]]
name = "rest"
allow = "everybody"
"""
ALICE = ["--user=alice@example.com", "--groups=staff,ops"]


@pytest.fixture
def words(flags: list[str], tmp_path: Path) -> list[str]:
    (tmp_path / "gate.toml").write_text(RULES)
    return ["explain", *flags, "--config", str(tmp_path / "gate.toml")]


@pytest.mark.parametrize(
    ("more", "status", "last"),
    [
        ([*ALICE, "GET", "https://app.test/admin"], 4, 'refused by the rule "admin": 403'),
        ([*ALICE, "https://app.test/"], 0, "passes"),
        (["GET", "https://app.test/"], 3, "has to sign in"),
        (["--user", "x@evil.test", "GET", "https://app.test/"], 4, "by the option email"),
    ],
)
def test_the_outcome_is_the_last_step_and_the_status(
    words: list[str], capsys: Output, more: list[str], status: int, last: str
) -> None:
    assert main([*words, *more]) == status
    assert last in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["GET", "/admin"], "METHOD and https://HOST/PATH"),
        (["--user"], "METHOD and https://HOST/PATH"),
        ([*ALICE, "--by=github", "https://app.test/"], "--by is one of oidc."),
        (["--groups=staff", "GET", "https://app.test/"], "Add --user=NAME"),
    ],
)
def test_what_is_not_understood_is_status_2(
    words: list[str], capsys: Output, more: list[str], told: str
) -> None:
    assert main([*words, *more]) == 2
    assert told in capsys.readouterr().err


def test_a_value_that_is_missing_is_not_understood() -> None:
    assert sort(["--user"]) is None


def test_mistakes_of_the_configuration_are_told(flags: list[str], capsys: Output) -> None:
    assert main(["explain", *flags, "--nonsense", "GET", "https://app.test/"]) == 1
    assert "--nonsense" in capsys.readouterr().err


def test_help_and_nothing_print_the_help(capsys: Output) -> None:
    assert main(["explain", "--help"]) == 0
    assert main(["explain"]) == 2
    out = capsys.readouterr().out
    assert out.count("Exit status:") == 2
    assert all(len(line) < 80 for line in out.splitlines())


def test_our_flags_are_told_from_those_of_the_configuration() -> None:
    claims = ["--claim=a=1", "--claim=a=2", "--claim=b=c=d"]
    others = ["--by=github", "--from=10.0.0.1", "--email=u@example.com"]
    groups = ["--groups=a", "--groups=b,,c"]
    said = sort(["--user", "u", "--config", "x", *claims, *others, *groups])
    assert said is not None
    assert said.rest == ["--config", "x"]
    assert person(said) == Person(
        "u",
        "u@example.com",
        ("a", "b", "c"),
        (("a", ("1", "2")), ("b", ("c=d",))),
        "github",
        "10.0.0.1",
    )


def test_the_request_is_at_the_end_and_is_a_get_where_no_method_is_named() -> None:
    get = Request("GET", "https", "a.test", "/x")
    assert take_request(["--config", "gate", "https://a.test/x"]) == (get, ["--config", "gate"])
    assert take_request(["--config", "gate", "GET", "https://a.test/x"])[0] == get
