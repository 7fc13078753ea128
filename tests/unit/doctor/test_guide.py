"""docs/operate/doctor.md is what the texts of the findings say."""

from pathlib import Path

from sidegate.doctor.finding import advice
from sidegate.doctor.guide import document

FILE = Path(__file__).parents[3] / "docs" / "operate" / "doctor.md"


def test_the_page_is_what_the_texts_say() -> None:
    hint = "run: sidegate doctor --docs=findings > docs/operate/doctor.md"
    assert FILE.read_text(encoding="utf-8") == document(), hint


def test_every_finding_has_a_heading() -> None:
    headings = [line[4:] for line in document().splitlines() if line.startswith("### ")]
    assert headings == list(advice())
