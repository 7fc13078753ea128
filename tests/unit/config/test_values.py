"""Values are read by the rules of Go, and nothing else is let through."""

import pytest

from sidegate.config.findings import Malformed
from sidegate.config.options import BY_KEY
from sidegate.config.values import (
    format_duration,
    parse_bool,
    parse_document_value,
    parse_duration,
    parse_int,
    split_plainly,
    split_quoted,
)


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_go_spellings_of_true(text: str) -> None:
    assert parse_bool(text) is True


@pytest.mark.parametrize("text", ["0", "f", "F", "FALSE", "false", "False"])
def test_go_spellings_of_false(text: str) -> None:
    assert parse_bool(text) is False


@pytest.mark.parametrize("text", ["", "no", "yes", "on", "tRue", " true", "true\n"])
def test_other_words_are_no_booleans(text: str) -> None:
    with pytest.raises(Malformed):
        parse_bool(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("168h", 604800),
        ("15m", 900),
        ("2h45m", 9900),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("1.s", 1),
        ("+5m", 300),
        ("-1m", -60),
        ("1h1h", 7200),
        ("250ms", 0.25),
        ("10us", 1e-5),
        ("10µs", 1e-5),
        ("7ns", 7e-9),
        ("0", 0),
    ],
)
def test_go_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "60", "1w", "1d", "h", "1h 30m", " 1h", "1h\n", "1_0s", "٣s", "1e3s", "--1s", "."]
)
def test_what_go_refuses_is_no_duration(text: str) -> None:
    with pytest.raises(Malformed):
        parse_duration(text)


def test_a_duration_beyond_what_go_can_hold_is_refused() -> None:
    with pytest.raises(Malformed, match="292 years"):
        parse_duration("2562048h")


@pytest.mark.parametrize(
    ("text", "mending"), [("60", '"60s"'), ("7d", '"168h"'), ("2w", '"336h"'), ("x", '"1h30m"')]
)
def test_a_wrong_duration_is_told_how_to_be_written(text: str, mending: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_duration(text)
    assert mending in caught.value.remedy


@pytest.mark.parametrize("text", ["168h", "1h30m", "90s", "250ms", "1m1s", "0", "1.5s"])
def test_a_duration_written_is_the_duration_read(text: str) -> None:
    assert parse_duration(format_duration(parse_duration(text))) == parse_duration(text)


@pytest.mark.parametrize("text", ["", "1_0", "٣", "²", " 1", "1.0", "0x10", "9" * 17])
def test_python_integers_that_are_no_decimal_digits_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_int(text)


def test_a_quoted_entry_of_a_list_flag_may_hold_a_comma() -> None:
    assert split_quoted('"^/v[0-9]{1,2}/",^/b') == ("^/v[0-9]{1,2}/", "^/b")


def test_variables_are_split_at_every_comma() -> None:
    assert split_plainly('"a,b"') == ('"a', 'b"')
    assert split_plainly("a, b") == ("a", "b")


@pytest.mark.parametrize("text", ["a,", ",a", "a,,b", ",", " "])
def test_an_empty_entry_is_refused_because_an_empty_pattern_would_open_every_path(
    text: str,
) -> None:
    for split in (split_plainly, split_quoted):
        with pytest.raises(Malformed):
            split(text)


@pytest.mark.parametrize("text", ['"a', 'a\nb"', "a\nb"])
def test_broken_csv_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        split_quoted(text)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("cookie_secure", False, False),
        ("cookie_secure", "false", False),
        ("email_domains", "a.com", ("a.com",)),
        ("email_domains", ["a.com", "b.com"], ("a.com", "b.com")),
        ("cookie_expire", "1h", 3600.0),
        ("cookie_refresh", 0, 0.0),
        ("limit_header_fields", 64, 64),
        ("limit_header_fields", "64", 64),
    ],
)
def test_toml_values_of_the_right_type(key: str, value: object, expected: object) -> None:
    assert parse_document_value(BY_KEY[key], value) == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cookie_secure", 1),
        ("client_id", 5),
        ("client_id", True),
        ("email_domains", [1]),
        ("email_domains", {"a": 1}),
        ("cookie_expire", 60),
        ("cookie_expire", 1.5),
        ("cookie_expire", False),
        ("limit_header_fields", True),
        ("limit_header_fields", 1.0),
    ],
)
def test_toml_values_of_another_type_are_refused(key: str, value: object) -> None:
    with pytest.raises(Malformed):
        parse_document_value(BY_KEY[key], value)
