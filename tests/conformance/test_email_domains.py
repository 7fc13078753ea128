"""Who may pass by email address, row by row. What is no address at all is refused at sign-in."""

import pytest

from sidegate.config.emails_file import parse_emails
from sidegate.config.findings import Malformed
from sidegate.core.identity import Identity
from sidegate.gate.rules import Rules
from tests.conformance.records import Row, parameters, settle


def listed(file: str) -> frozenset[str]:
    """Return who a file lists; a gate with a broken one does not start, and lets nobody in."""
    try:
        return parse_emails(file)
    except Malformed:
        return frozenset()


@pytest.mark.parametrize("row", parameters("email_domains.json"))
def test_an_address_passes_or_not_as_recorded(row: Row) -> None:
    given = row["in"]
    rules = Rules(given["email_domains"], listed(given.get("emails_file") or ""))
    passes = rules.refusal(Identity(user="u", email=given["email"])) is None
    settle(row, "" if passes is row["expect"] else f"{given} passes: {passes}")
