"""Flags, variables and file are read, and every name that is none of ours is told."""

import pytest

from sidegate.config.findings import Findings
from sidegate.config.sources import read_document, read_environment, read_flags


def flags(*argv: str) -> tuple[dict[str, object], list[str]]:
    """Read flags; return values and mistakes."""
    findings = Findings()
    given = read_flags(argv, findings)
    return {key: entry.value for key, entry in given.items()}, findings.mistakes


def test_values_come_after_an_equals_sign_or_as_the_next_word() -> None:
    assert flags("--client-id=a", "--cookie-name", "b") == (
        {"client_id": "a", "cookie_name": "b"},
        [],
    )


def test_the_value_of_a_flag_may_look_like_a_flag_or_hold_equals_signs() -> None:
    assert flags("--client-id", "--x", "--acr-values=a=b")[0] == {
        "client_id": "--x",
        "acr_values": "a=b",
    }


def test_a_switch_takes_its_value_only_after_an_equals_sign() -> None:
    assert flags("--reverse-proxy", "--cookie-secure=false")[0] == {
        "reverse_proxy": True,
        "cookie_secure": False,
    }
    values, mistakes = flags("--cookie-secure", "false")
    assert values == {"cookie_secure": True}
    assert mistakes == [
        "the word after --cookie-secure: belongs to no flag\n  Write --cookie-secure=false."
    ]


def test_list_flags_may_be_repeated_and_separated_by_commas() -> None:
    assert flags("--email-domain=a.com,b.com", "--email-domain", "c.com")[0] == {
        "email_domains": ("a.com", "b.com", "c.com")
    }


def test_of_other_flags_the_last_one_wins() -> None:
    assert flags("--client-id=a", "--client-id=b")[0] == {"client_id": "b"}


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("--client-secert=hunter2", "--client-secret?"),
        ("--client_id=hunter2", "--client-id?"),
        ("-upstream=hunter2", "--upstream?"),
        ("--email-domains=hunter2", "--email-domain?"),
        ("--xyzzy=hunter2", "--help"),
    ],
)
def test_an_unknown_flag_is_told_with_the_nearest_name_and_without_its_value(
    word: str, hint: str
) -> None:
    (mistake,) = flags(word)[1]
    assert hint in mistake
    assert "hunter2" not in mistake


def test_the_value_after_an_unknown_flag_is_not_shown_either() -> None:
    (mistake,) = flags("--client-secert", "hunter2")[1]
    assert "hunter2" not in mistake


def test_stray_words_are_told_without_showing_them() -> None:
    (mistake,) = flags("--client-secret=correct", "horse")[1]
    assert "after --client-secret" in mistake
    assert "horse" not in mistake


def test_a_flag_without_its_value_is_told() -> None:
    assert "its value is missing" in flags("--client-id")[1][0]


def environment(**variables: str) -> tuple[dict[str, object], list[str]]:
    """Read variables; return values and mistakes."""
    findings = Findings()
    named = {f"OAUTH2_PROXY_{name}": value for name, value in variables.items()}
    given = read_environment({"PATH": "/bin", **named}, findings)
    return {key: entry.value for key, entry in given.items()}, findings.mistakes


@pytest.mark.parametrize("name", ["EMAIL_DOMAIN", "EMAIL_DOMAINS"])
def test_variables_may_be_singular_or_plural(name: str) -> None:
    assert environment(**{name: "a.com,b.com"})[0] == {"email_domains": ("a.com", "b.com")}


def test_singular_and_plural_together_are_a_mistake_unless_they_agree() -> None:
    (mistake,) = environment(UPSTREAM="http://a", UPSTREAMS="http://b")[1]
    assert "OAUTH2_PROXY_UPSTREAM" in mistake
    assert environment(UPSTREAM="http://a", UPSTREAMS="http://a")[1] == []


def test_an_empty_variable_counts_as_not_set() -> None:
    assert environment(CLIENT_ID="", NO_SUCH_THING="") == ({}, [])


def test_an_unknown_variable_is_told_with_the_nearest_name() -> None:
    (mistake,) = environment(COOKIE_SECRT="hunter2")[1]
    assert "Did you mean OAUTH2_PROXY_COOKIE_SECRET?" in mistake
    assert "hunter2" not in mistake


@pytest.mark.parametrize(
    "name",
    [
        "SERVICE_HOST",
        "SERVICE_PORT",
        "SERVICE_PORT_HTTP",
        "PORT",
        "PORT_80_TCP",
        "PORT_80_TCP_ADDR",
        "REDIS_SERVICE_HOST",
        "REDIS_PORT_6379_TCP_PROTO",
    ],
)
def test_variables_kubernetes_makes_for_a_service_of_that_name_are_ignored(name: str) -> None:
    assert environment(**{name: "tcp://10.0.0.1:80"}) == ({}, [])


def document(text: str) -> tuple[dict[str, object], list[str]]:
    """Read a TOML file; return values and mistakes."""
    findings = Findings()
    given, _ = read_document("gate.toml", text.encode(), findings)
    return {key: entry.value for key, entry in given.items()}, findings.mistakes


@pytest.mark.parametrize(
    "key", ["email_domains", "email_domain", "email-domains", "Email_Domains", '"EMAIL-DOMAIN"']
)
def test_keys_may_have_dashes_or_underscores_in_any_case_and_number(key: str) -> None:
    assert document(f'{key} = "a.com"') == ({"email_domains": ("a.com",)}, [])


def test_two_spellings_of_one_key_are_a_mistake() -> None:
    (mistake,) = document('client_id = "a"\nclient-id = "b"')[1]
    assert mistake.startswith("gate.toml line 2 (client_id): the same option as gate.toml line 1")


def test_a_mistake_names_its_line_and_key_and_not_the_value() -> None:
    (mistake,) = document("# a comment\n\nclient_secret = 12345")[1]
    assert mistake.startswith("gate.toml line 3 (client_secret): needs a text")
    assert "12345" not in mistake


def test_a_bare_number_is_no_duration() -> None:
    assert 'Write "60s"' in document("cookie_expire = 60")[1][0]


def test_unknown_keys_and_tables_are_told() -> None:
    mistakes = document('emial_domains = "x"\n[server]\nport = 1')[1]
    assert "Did you mean email_domains?" in mistakes[0]
    assert "table [server]" in mistakes[1]


@pytest.mark.parametrize("content", [b"a = ", b"a = 1\na = 2", b"\xff = 1"])
def test_a_file_that_is_not_toml_is_told(content: bytes) -> None:
    findings = Findings()
    assert read_document("gate.toml", content, findings) == ({}, {})
    assert len(findings.mistakes) == 1


def test_the_name_of_the_file_cannot_stand_in_the_file() -> None:
    assert "unknown option config" in document('config = "other.toml"')[1][0]
