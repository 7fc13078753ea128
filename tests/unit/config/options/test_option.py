"""One row of the table gives every name of an option."""

import pytest

from sidegate.config.options.option import Kind, Option, Status, section


def option(flag: str = "cookie-secure", **changes: object) -> Option:
    return Option(flag, Kind.BOOL, **({"default": True, "help": "."} | changes))  # type: ignore[arg-type] # a table of fields


def test_key_and_variable_follow_from_the_flag() -> None:
    row = option()
    assert (row.key, row.variable, row.aliases) == (
        "cookie_secure",
        "OAUTH2_PROXY_COOKIE_SECURE",
        (),
    )


def test_a_list_has_a_plural_key_and_is_known_by_its_singular_too() -> None:
    row = option("email-domain", plural="email_domains", also=("domains",))
    assert (row.key, row.aliases) == ("email_domains", ("email_domain", "domains"))
    assert row.variable == "OAUTH2_PROXY_EMAIL_DOMAINS"


@pytest.mark.parametrize(("field", "ends_in"), [("", "cookie_secure"), ("x", "x"), (None, None)])
def test_an_option_ends_in_a_field_of_the_settings_or_in_none(
    field: str | None, ends_in: str | None
) -> None:
    assert option(field=field).settings_field == ends_in


def test_only_what_gives_something_up_is_weaker() -> None:
    assert not option().is_weaker(False)
    assert option(risk="r").is_weaker(False)
    assert not option(risk="r").is_weaker(True)
    named = option(default="lax", risk="r", weak=("none",))
    assert [named.is_weaker(v) for v in ("lax", "strict", "none")] == [False, False, True]


def test_a_section_is_the_heading_of_its_rows() -> None:
    rows = section("Cookies", option(), option("b"))
    assert [(row.section, row.flag) for row in rows] == [
        ("Cookies", "cookie-secure"),
        ("Cookies", "b"),
    ]


def test_a_planned_option_is_known_as_such() -> None:
    assert option(status=Status.PLANNED).is_planned
    assert not option().is_planned
