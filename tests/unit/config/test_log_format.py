"""Exactly the fields of oauth2-proxy are taken, and what is wrong is said with what was meant."""

import pytest

from sidegate.config.findings import Malformed
from sidegate.config.log_format import FIELDS, parse_format
from sidegate.config.options.logging import AUTH_FORMAT, REQUEST_FORMAT, STANDARD_FORMAT


@pytest.mark.parametrize(
    ("option", "text", "count"),
    [
        ("auth_logging_format", AUTH_FORMAT, 6),
        ("request_logging_format", REQUEST_FORMAT, 13),
        ("standard_logging_format", STANDARD_FORMAT, 3),
    ],
)
def test_the_formats_of_oauth2_proxy_are_taken(option: str, text: str, count: int) -> None:
    parts = parse_format(option, text)
    assert len(parts) == 2 * count + 1
    assert set(parts[1::2]) <= set(FIELDS[option])


@pytest.mark.parametrize("option", FIELDS)
def test_every_documented_field_is_taken(option: str) -> None:
    text = " ".join("{{." + name + "}}" for name in FIELDS[option])
    assert parse_format(option, text)[1::2] == FIELDS[option]


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ("{{.Clint}}", "no field Clint", "Did you mean Client?"),
        ("{{.RequestId}}", "no field RequestId", "Did you mean RequestID?"),
        ("{{.StatusCode}}", "no field StatusCode", "Did you mean Status?"),
        ("{{.Foo}}", "no field Foo", "Its fields are Client,"),
        ("{{Client}}", "no field", "no functions"),
        ("{{.Client | printf}}", "no field", "no functions"),
        ("{{if .Client}}x{{end}}", "no field", "no functions"),
        ("{{- .Client -}}", "no field", "no functions"),
        ("{{}}", "no field", "no functions"),
        ("{{.Client", "do not pair", "as in {{.Client}}"),
        (".Client}}", "do not pair", "as in {{.Client}}"),
        ("{{.Client}}\n", "control character", "one line"),
        ("\x1b[31m{{.Client}}", "control character", "one line"),
    ],
)
def test_what_is_no_field_is_refused(text: str, what: str, remedy: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_format("auth_logging_format", text)
    assert what in caught.value.what
    assert remedy in caught.value.remedy
