"""Words and values enter templates: words as they are, values escaped."""

import pytest
from markupsafe import Markup

from sidegate.pages.parts import Templates, read, script
from sidegate.pages.words import WORDS


def test_words_of_another_language_can_take_their_place() -> None:
    german = {key: f"ü {text}" for key, text in WORDS.items()}
    assert Templates(german).fill("sign_in", host="h", options="", banner="").startswith("<h1>ü")


def test_a_word_that_is_missing_is_noticed_at_the_start() -> None:
    with pytest.raises(KeyError):
        Templates({})


def test_values_are_escaped_unless_they_are_html() -> None:
    fill = Templates().fill
    assert fill("cause", text="<b>") == "<li>&lt;b&gt;</li>"
    assert fill("cause", text=Markup("<b>")) == "<li><b></li>"


def test_what_is_empty_is_left_out() -> None:
    assert Templates().fill_or_leave_out("advice", advice="") == ""
    assert Templates().fill_or_leave_out("advice", advice="x") == "<p>x</p>"


def test_no_template_has_braces_of_a_script() -> None:
    assert "sidegate:kept" in script("keep")
    with pytest.raises(FileNotFoundError):
        read("templates/none.html")
