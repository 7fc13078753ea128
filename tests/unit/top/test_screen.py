"""The terminal is taken, and given back as it was."""

import io

import pytest

from sidegate.top.figures import Figures
from sidegate.top.screen import GIVE_BACK, HINT, TAKE, frame, rows_of, taken
from tests.unit.top.scrapes import scrape


def test_it_is_given_back_whatever_happens() -> None:
    out = io.StringIO()
    with pytest.raises(ValueError, match="broken"), taken(out):
        raise ValueError("broken")
    assert out.getvalue() == TAKE + GIVE_BACK


@pytest.mark.parametrize("rows", [24, 10, 2])
def test_a_frame_has_no_more_lines_than_the_terminal(rows: int) -> None:
    figures = Figures(scrape(1.0), None, 5.0)
    text = frame(figures, "x", "", rows, colours=False)
    assert text.count("\n") < rows
    assert HINT in text


def test_before_the_first_answer_it_says_why() -> None:
    text = frame(None, "http://gate.test", "Connection refused", 24, colours=False)
    assert "no answer: Connection refused" in text


def test_what_is_no_terminal_is_as_high_as_most() -> None:
    assert rows_of(io.StringIO()) == 24
