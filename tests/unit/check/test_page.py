"""The page in the documentation is what the program says."""

from pathlib import Path

from sidegate.check.finding import advice
from sidegate.check.page import document

PAGE = Path(__file__).parents[3] / "docs" / "kubernetes" / "check.md"


def test_the_page_is_the_one_that_the_program_writes():
    assert PAGE.read_text() == document()


def test_every_finding_has_its_heading():
    assert all(f"\n### {name}\n" in document() for name in advice())
    assert all(f"\n## {one.family}\n" in document() for one in advice().values())
