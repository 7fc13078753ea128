"""docs/privacy.md names everything that is kept of a person: no more is kept than it says."""

import dataclasses
import json
import re

from sidegate.login.account_export import exported
from sidegate.observe.audit import Event
from sidegate.session import codec
from sidegate.stores.about import About
from tests.architecture.source import ROOT
from tests.unit.login.test_account_export import HOST, NOW, SESSION, Held, Place

TEXT = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
NAMES = re.compile(r"`(\w+)`")


def first_column(heading: str) -> list[str]:
    """Return the names in the first column of the table below a heading."""
    section = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in NAMES.findall(row.split("|")[1])]


def test_every_field_of_a_session_has_its_row():
    assert first_column("What a session keeps") == list(codec._SessionRecord.__struct_fields__)


def test_every_field_for_operators_is_named():
    sentence = TEXT.split("for the list on\nthe page:")[1].split(".\n")[0]
    assert NAMES.findall(sentence) == list(About.__struct_fields__)


def test_every_field_of_an_audit_event_has_its_row():
    schema = json.loads((ROOT / "docs/operate/audit-event.schema.json").read_text("utf-8"))
    named = first_column("What logs and the audit keep")
    assert len(set(named)) == len(named)
    assert set(named) == set(schema["properties"])
    written = {field.name for field in dataclasses.fields(Event)} - {"name", "protocol"}
    assert written <= set(named)


def test_every_key_of_the_download_is_named():
    section = TEXT.split("\n## The download\n")[1].split("\n## ")[0]
    document = exported(Held(SESSION, "", places=[Place("n", NOW, NOW, NOW)]), HOST, NOW)
    keys = {*document, *document["person"], *document["session"], *document["sessions"][0]}
    assert keys <= set(NAMES.findall(section))
