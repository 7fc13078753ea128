"""A changed text says itself how to take the changes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.inject.edits import Edits, restore
from sidegate.inject.refusal import Refused
from sidegate.manifests.node import Mark


def replaced(text: str, old: str, new: str) -> str:
    edits = Edits("f", text)
    place = text.index(old)
    edits.replace(place, place + len(old), new)
    return edits.apply()


def test_a_line_is_kept_beside_what_stands_for_it():
    assert replaced("a:\n  b: 1 # c\n", "1", "2") == (
        "a:\n  # sidegate:begin\n  b: 2 # c\n  # sidegate:was\n#|  b: 1 # c\n  # sidegate:end\n"
    )


def test_lines_are_put_before_and_behind():
    edits = Edits("f", "a: 1\nb: 2\n")
    edits.insert_before(5, ["x: 0"])
    edits.insert_behind(Mark(4, 0, 4), ["y: 0"])
    text = edits.apply()
    assert [line for line in text.splitlines() if "#" not in line] == [
        "a: 1",
        "x: 0",
        "y: 0",
        "b: 2",
    ]
    assert restore("f", text) == "a: 1\nb: 2\n"


@pytest.mark.parametrize("text", ["a: 1", "a: 1\r\nb: 2", "a: 1\r\n", "a: 1\n\n\n", "# x\na: 1"])
def test_line_ends_come_back_as_they_were(text):
    changed = replaced(text, "1", "2")
    assert "a: 2" in changed
    assert restore("f", changed) == text


@given(
    st.lists(st.sampled_from(["a", "b # c", "#|d", "'e'"]), min_size=1).map(
        lambda words: "".join(f"k{number}: {word}\n" for number, word in enumerate(words))
    )
)
def test_any_lines_come_back(text):
    edits = Edits("f", text)
    for place in (place for place, mark in enumerate(text) if mark == ":"):
        edits.replace(place + 2, place + 2, "x")
        edits.insert_before(place, ["# before"])
    assert restore("f", edits.apply()) == text


def test_marks_inside_of_a_longer_text_are_no_marks():
    text = "a: |\n  # sidegate:begin\n  x\n"
    assert restore("f", text) == text


@pytest.mark.parametrize(
    ("text", "old", "what"),
    [
        ("a: &x 1\nb: *x\n", "1", "anchor"),
        ("a: &x {b: 1}\nc: *x\n", "1", "anchor"),
        ("a: x\n  y\nb: 1\n", "y", "several lines"),
        ("a: '1\u2028'\n", "1", "unusual line break"),
        ("a: '1\x85'\n", "1", "unusual line break"),
    ],
)
def test_what_stands_for_more_than_itself_is_not_changed(text, old, what):
    with pytest.raises(Refused, match=what):
        replaced(text, old, "2")


@pytest.mark.parametrize(
    "text",
    [
        "# sidegate:end\n",
        "# sidegate:begin\n# sidegate:begin\na: 1\n# sidegate:end\n",
        "# sidegate:begin\na: 1\n# sidegate:was\nb: 1\n# sidegate:end\n",
        "# sidegate:begin\na: 1\n",
    ],
)
def test_marks_that_do_not_fit_are_refused(text):
    with pytest.raises(Refused, match="marks"):
        restore("f", text)
