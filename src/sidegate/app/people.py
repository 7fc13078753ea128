"""The list of people of a running gate: read, and read again when it changes."""

from __future__ import annotations

from pathlib import Path

from sidegate.config.emails_file import parse_emails
from sidegate.config.findings import Malformed
from sidegate.gate.rules import Rules
from sidegate.net.watch import Take, Watched


def watch_emails(path: str, rules: Rules) -> Watched:
    """Return the file of addresses that may pass. Rules judge each request, so it holds at once.

    An emptied file is no list: at the start it admits nobody, here it is a file that somebody is
    about to write.
    """

    def read() -> Take:
        emails = parse_emails(Path(path).read_text("utf-8"))
        if not emails and rules.emails:
            raise Malformed("holds no address", "Write one address a line.")

        def take() -> str | None:
            before = rules.emails
            rules.take_emails(emails)
            return None if rules.emails == before else f"{len(rules.emails)} addresses"

        return take

    return Watched("authenticated_emails_file", (path,), read)
