"""YAML is read with positions, strictly, and hostile input costs little."""

import pytest

from sidegate.manifests.node import Node
from sidegate.manifests.read import Unreadable, read


def one(text: str) -> Node:
    (node,) = read(text)
    return node


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("x", "x"),
        ("8080", 8080),
        ('"8080"', "8080"),
        ("0440", 288),
        ("0o440", 288),
        ("1.5", 1.5),
        ("true", True),
        ("'true'", "true"),
        ("yes", "yes"),
        ("~", None),
        ("", None),
        ("-3", -3),
        ("1e3", 1000.0),
        ("100m", "100m"),
        ("v1.2.3", "v1.2.3"),
        ("|\n  a\n  b", "a\nb\n"),
        ("!!str 1", "1"),
    ],
)
def test_a_scalar_means_what_kubernetes_takes_it_for(written, value):
    assert one(f"a: {written}\n")["a"].value == value


def test_every_document_that_holds_something_is_read():
    assert [node["a"].value for node in read("---\na: 1\n---\n# nothing\n---\na: 2\n")] == [1, 2]


def test_a_value_knows_its_line_and_ends_before_the_comments_behind_it():
    spec = one("# first\nspec:\n  ports:\n  - port: 80 # http\n\n# end\n")["spec"]
    assert (spec["ports"].start.line, spec["ports"].start.column) == (3, 2)
    assert (spec.end.line, spec.end.column) == (3, 12)
    assert spec.keys["ports"].line == 2


def test_an_alias_and_a_merge_are_followed_and_known_as_shared():
    node = one("a: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  d: 2\n")
    assert node["b"].plain == {"k": 1}
    assert node["c"].plain == {"k": 1, "d": 2}
    assert node["b"].is_shared
    assert node["c"]["k"].is_shared
    assert not node["c"]["d"].is_shared


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", 'the key "a" twice', 3),
        ("a: [1\n", "not YAML", 2),
        ("a:\n\t- 1\n", "not YAML", 2),
        ("? [a]\n: 1\n", "a key that is no text", 1),
        ("a: &x [*x]\n", "an alias of something around it", 1),
        ("a: *x\n", "an alias of something around it", 1),
        ("a: \x00\n", "not YAML", 1),
        ("[" * 200 + "]" * 200, "nested too deeply", 1),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text, what, line):
    with pytest.raises(Unreadable, match=what.replace("[", "\\[")) as caught:
        read(text)
    assert caught.value.line == line
    assert caught.value.remedy


def test_a_bomb_of_aliases_is_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(Unreadable, match="stand for too much"):
        read("\n".join(lines))


def test_aliases_in_aliases_do_not_nest_deeper_than_brackets_may():
    lines = ["a0: &a0 x"]
    lines += [f"a{n}: &a{n} {'[' * 50}*a{n - 1}{']' * 50}" for n in range(1, 30)]
    with pytest.raises(Unreadable, match="nested too deeply") as caught:
        read("\n".join(lines))
    assert caught.value.line == 3


def test_merges_in_merges_do_not_nest_deeper_either():
    lines = ["a0: &a0 {k: x}"]
    lines += [f"a{n}: &a{n} {{k: {{<<: *a{n - 1}}}}}" for n in range(1, 200)]
    with pytest.raises(Unreadable, match="nested too deeply"):
        read("\n".join(lines))


def test_a_source_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr("sidegate.manifests.read.LARGEST", 9)
    with pytest.raises(Unreadable, match="too large"):
        read("a: 1\nb: 2\n")


def test_python_objects_are_texts_like_any_other():
    assert one("a: !!python/object/apply:os.system [x]\n")["a"].plain == ["x"]
