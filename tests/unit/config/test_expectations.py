"""What is expected of the rules is read from the file they stand in."""

import pytest

from sidegate.config.expectations import (
    Expectation,
    Person,
    Request,
    parse_request,
    person_of,
    read_expectations,
)
from sidegate.config.findings import Findings
from tests.unit.config.conftest import Desk

RULE = '[[rules]]\nname = "rest"\nallow = "everybody"\n'


def test_an_expectation_names_request_person_outcome_and_rule(desk: Desk) -> None:
    text = (
        '[[expectations]]\nrequest = "post https://app.test/x?y#z"\nuser = "al@example.com"\n'
        'groups = "staff"\nclaims = { dept = ["it"] }\nprovider = "oidc"\nfrom = "10.0.0.1"\n'
        'expect = "deny"\nrule = "rest"'
    )
    values = desk.load(toml=RULE + text).values
    assert read_expectations(values, Findings()) == (
        Expectation(
            place="gate.toml line 4",
            request=Request("POST", "https", "app.test", "/x?y"),
            person=Person(
                user="al@example.com",
                email="al@example.com",
                groups=("staff",),
                claims=(("dept", ("it",)),),
                provider="oidc",
                address="10.0.0.1",
            ),
            outcome="deny",
            rule="rest",
        ),
    )


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ('expect = "allow"', "no request"),
        ('request = "/admin"\nexpect = "allow"', "no request"),
        ('request = "GET https://a/"', "no outcome"),
        ('request = "GET https://a/"\nexpect = "yes"', "Write one of allow, deny, sign-in"),
        ('request = "GET https://a/"\nexpect = "deny"\nrule = "rst"', "Did you mean rest?"),
        ('request = "GET https://a/"\nexpect = "deny"\nuser = 1', "needs a text"),
        ('request = "GET https://a/"\nexpect = "deny"\ngroups = 1', "not a list"),
        ('request = "GET https://a/"\nexpect = "deny"\nclaims = 1', "not a table"),
        ('request = "GET https://a/"\nexpect = "deny"\nclaims = { a = 1 }', "not a list"),
        ('request = "GET https://a/"\nexpect = "deny"\ngroups = ["g"]', "Add the user"),
        (
            'request = "GET https://a/"\nexpect = "deny"\nuser = "u"\nprovider = "odic"',
            "Did you mean oidc?",
        ),
        ('request = "GET https://a/"\nexpect = "deny"\nusr = "x"', "Did you mean user?"),
    ],
)
def test_a_mistake_is_told_at_the_start(desk: Desk, lines: str, what: str) -> None:
    mistakes = desk.mistakes(toml=f"{RULE}[[expectations]]\n{lines}")
    assert any(what in mistake for mistake in mistakes), mistakes


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://a.test", "/"),
        ("https://a.test?", "/?"),
        ("http://a.test:80/x?y#z", "/x?y"),
        ("https://a.test/x/../y;z", "/x/../y;z"),
        ("https://a.test/%2f", "/%2f"),
    ],
)
def test_the_path_stays_as_it_is_written(url: str, target: str) -> None:
    request = parse_request("get", url)
    assert request is not None
    assert request.target == target


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", "/x"),
        ("GET", "ftp://a/"),
        ("GET", "https://"),
        ("GET", "https://a b/"),
        ("G T", "https://a/"),
        ("", "https://a/"),
        ("GET", "https://[a/"),
        ("GET", "https://a/\u00e9"),
    ],
)
def test_what_is_no_request_is_none(method: str, url: str) -> None:
    assert parse_request(method, url) is None


def test_one_name_of_a_person_is_enough() -> None:
    assert person_of("a@b.c", "", (), (), "", "") == Person("a@b.c", "a@b.c")
    assert person_of("", "a@b.c", (), (), "", "") == Person("a@b.c", "a@b.c")
    assert person_of("sub", "a@b.c", (), (), "", "") == Person("sub", "a@b.c")
    assert person_of("", "", ("g",), (), "", "") == Person(groups=("g",))
