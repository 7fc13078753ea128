"""docs/configuration.md is what the table says."""

from pathlib import Path

from sidegate.config.docs import document
from sidegate.config.options import GENERAL, OPTIONS

FILE = Path(__file__).parents[3] / "docs" / "configuration.md"


def test_the_file_is_current() -> None:
    hint = "run: PYTHONPATH=src python -m sidegate config docs > docs/configuration.md"
    assert FILE.read_text(encoding="utf-8") == document(), hint


def test_every_option_has_its_paragraph() -> None:
    text = document()
    for option in (*GENERAL, *OPTIONS):
        assert f"\n### {option.flag}\n" in text
        assert option.help in text


def test_planned_options_say_that_they_are_not_built() -> None:
    paragraph = document().split("### bitbucket-team\n")[1].split("###")[0]
    assert "Not built yet" in paragraph
