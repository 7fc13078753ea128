"""The file of email addresses."""

import pytest

from sidegate.config.emails_file import parse_emails
from sidegate.config.findings import Malformed


@pytest.mark.parametrize(
    ("text", "emails"),
    [
        ("", set()),
        ("a@x.test\nB@x.test\n", {"a@x.test", "B@x.test"}),
        ("  a@x.test  \r\n\r\n\nb@x.test", {"a@x.test", "b@x.test"}),
        ("# staff\na@x.test\n#b@x.test\n", {"a@x.test"}),
        ('"a@x.test"\n', {"a@x.test"}),
        ("a@x.test,Alice,staff\nb@x.test,Bob,\n", {"a@x.test", "b@x.test"}),
        (" \n", set()),
    ],
)
def test_the_first_column_holds_the_addresses(text: str, emails: set[str]) -> None:
    assert parse_emails(text) == emails


@pytest.mark.parametrize(
    "text", ['bad "quote\na@x.test\n', '"a@x.test\n', "a@x.test,Alice\nb@x.test\n", '"a"b@x.test\n']
)
def test_a_file_that_can_be_read_in_two_ways_lets_nobody_in(text: str) -> None:
    with pytest.raises(Malformed):
        parse_emails(text)
