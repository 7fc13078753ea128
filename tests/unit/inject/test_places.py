"""Keys and entries go where they belong, in every style; the rest is shown in test_plan.py."""

import pytest
import yaml

from sidegate.inject.edits import Edits
from sidegate.inject.places import add_first, add_key_behind, add_keys, add_last, set_scalar
from sidegate.inject.refusal import Refused
from sidegate.manifests.read import read


def changed(text, change):
    edits = Edits("f", text)
    change(edits, read(text)[0]["a"])
    return yaml.safe_load(edits.apply())["a"]


@pytest.mark.parametrize("text", ["a:\n  b: 1\n", "a: {b: 1}\n", "a: { b: 1 }", "a:\n    b: 1"])
def test_keys_are_added(text):
    first = changed(text, lambda edits, node: add_keys(edits, node, {"c": [2]}, "b"))
    behind = changed(text, lambda edits, node: add_key_behind(edits, node, "c", 2, "b"))
    assert (first, behind) == ({"b": 1, "c": [2]}, {"b": 1, "c": 2})


@pytest.mark.parametrize("text", ["a:\n- 1\n", "a: [1]", "a:\n  - 1", "a:\n  # x\n  - 1\nb: 2\n"])
def test_entries_are_added(text):
    assert changed(text, lambda edits, node: add_first(edits, node, [0])) == [0, 1]
    assert sorted(changed(text, lambda edits, node: add_last(edits, node, [0]))) == [0, 1]


@pytest.mark.parametrize("text", ["a: []", "a: [ ]\n"])
def test_an_empty_sequence_gets_entries(text):
    assert changed(text, lambda edits, node: add_first(edits, node, [0])) == [0]


def test_an_entry_goes_behind_a_text_of_several_lines():
    text = "a:\n- |\n  x\n\n  y\n\nb: 1\n"
    assert changed(text, lambda edits, node: add_last(edits, node, [0])) == ["x\n\ny\n", 0]


@pytest.mark.parametrize("text", ["a: 1 # b", "a: '1'", 'a: "1"\n'])
def test_a_scalar_is_replaced(text):
    assert changed(text, lambda edits, node: set_scalar(edits, node, 2)) == 2


@pytest.mark.parametrize(
    "text", ["a: &x\n  b: 1\n", "a: !!map {b: 1}\n", "a:\n  <<: {b: 1}\n  c: 2\n"]
)
def test_what_is_written_in_an_odd_way_is_refused(text):
    with pytest.raises(Refused):
        changed(text, lambda edits, node: add_keys(edits, node, {"c": 2}, "b"))


def test_an_entry_without_a_line_of_its_own_is_refused():
    with pytest.raises(Refused, match="no line of its own"):
        changed("a:\n- - 1\n", lambda edits, node: add_first(edits, next(iter(node)), [0]))
