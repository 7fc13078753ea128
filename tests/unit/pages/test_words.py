"""Every word is used, and every key that speaks of an error speaks of one that there is."""

import re

from sidegate.core.errors import SidegateError
from sidegate.pages import words
from tests.architecture.source import SOURCE
from tests.unit.pages.test_render import subclasses

CODES = {error.code for error in subclasses(SidegateError)}


def test_every_word_is_used_somewhere() -> None:
    templates, code = (
        "".join(file.read_text(encoding="utf-8") for file in SOURCE.glob(pattern))
        for pattern in ("pages/templates/*.html", "*/*.py")
    )
    found = {*re.findall(r"\[\[(\w+)\]\]", templates), *re.findall(r"WORDS\[\"(\w+)\"\]", code)}
    assert set(words.WORDS) == found - {"language"}


def test_headings_advice_and_causes_are_about_errors_that_there_are() -> None:
    assert {*words.HEADINGS, *words.ADVICE, *words.CAUSES} <= CODES


def test_words_end_as_they_should() -> None:
    for text in (
        *words.ADVICE.values(),
        *(cause for some in words.CAUSES.values() for cause in some),
    ):
        assert text[0].isupper()
        assert text.endswith(".")
