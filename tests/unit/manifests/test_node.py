"""A node answers for what is there, and for what is not."""

from sidegate.manifests.node import ABSENT
from sidegate.manifests.read import read

(NODE,) = read('a: {b: [1, "2", true]}\nc: null\nd: text\n')


def test_what_is_not_there_is_false_and_empty():
    for node in (NODE["x"], NODE.at("x", "y"), NODE["d"]["x"], ABSENT):
        assert not node
        assert node.is_absent
        assert node.text == ""
        assert node.number is None
        assert list(node) == []
        assert list(node.items()) == []
    assert not NODE["c"]
    assert not NODE["c"].is_absent


def test_scalars_are_read_as_what_they_are_asked_for():
    one, two, true = NODE.at("a", "b")
    assert (one.number, two.number, true.number) == (1, 2, None)
    assert (one.text, true.text) == ("1", "true")
    assert true.is_true()
    assert not one.is_true()
    assert read("false")[0].is_false()
    assert NODE.at("a", "b").texts == ["1", "2", "true"]


def test_a_mapping_knows_its_keys():
    assert "a" in NODE
    assert "x" not in NODE
    assert [key for key, _ in NODE.items()] == ["a", "c", "d"]
    assert NODE.plain == {"a": {"b": [1, "2", True]}, "c": None, "d": "text"}


def test_a_number_is_not_made_of_other_digits():
    assert read("'²'")[0].number is None
    assert read("'" + "9" * 30 + "'")[0].number is None
