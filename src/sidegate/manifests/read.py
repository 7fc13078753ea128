"""YAML to nodes with positions, strictly and within limits.

Hostile input costs little: aliases share what they name and count as if written out, nesting and
size end. What Kubernetes would read in another way than people (a key written twice) is refused.
Scalars are read as Kubernetes reads them; tags and objects of Python do not exist here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from sidegate.manifests.node import Mark, Node, Scalar

LARGEST = 16 * 1024 * 1024  # characters in one source
MOST_NODES = 500_000  # of one source, aliases written out
DEEPEST = 100

# Fixed patterns, linear in the length of a scalar.
WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
OCTAL = re.compile(r"0o?([0-7]+)")
FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
MERGE = "<<"


class Unreadable(ValueError):
    """A source is not YAML that we take. `line` counts from 1; `remedy` says what to do."""

    def __init__(self, what: str, line: int, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.line = line
        self.remedy = remedy


@dataclass
class Build:
    """A collection that is being read."""

    start: Mark
    is_flow: bool
    is_shared: bool
    anchor: str | None
    entries: list[Node] | dict[str, Node]
    keys: dict[str, Mark] = field(default_factory=dict)
    key: tuple[str, Mark] | None = None
    merged: list[Node] = field(default_factory=list)
    last: Mark | None = None
    weight: int = 1
    depth: int = 1  # collections one in the other, this one included


@dataclass
class Reader:
    """What is known while one document is read."""

    stack: list[Build] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int, int]] = field(default_factory=dict)
    root: Node | None = None

    def add(self, node: Node, weight: int, depth: int) -> None:
        """Put a finished node where it belongs. `depth`: of collections in it, itself included."""
        if not self.stack:
            self.root = node
            return
        if len(self.stack) + depth > DEEPEST:
            raise unreadable("nested too deeply", node.start, "Manifests never are.")
        top = self.stack[-1]
        top.weight += weight
        top.depth = max(top.depth, depth + 1)
        top.last = node.end
        if top.weight > MOST_NODES:
            raise unreadable("its aliases stand for too much", node.start, "Write it out, shorter.")
        if isinstance(top.entries, list):
            top.entries.append(node)
        elif top.key is None:
            top.key = (key_of(node), node.start)
        else:
            put(top, top.key, node)
            top.key = None

    def open(self, event: yaml.CollectionStartEvent) -> None:
        """Begin a sequence or a mapping."""
        if len(self.stack) >= DEEPEST:
            raise unreadable("nested too deeply", mark(event.start_mark), "Manifests never are.")
        entries: list[Node] | dict[str, Node] = {}
        if isinstance(event, yaml.SequenceStartEvent):
            entries = []
        self.stack.append(
            Build(
                mark(event.start_mark),
                bool(event.flow_style),
                event.anchor is not None,
                event.anchor,
                entries,
            )
        )

    def close(self, event: yaml.CollectionEndEvent) -> None:
        """Finish the innermost collection."""
        built = self.stack.pop()
        last = None if built.is_flow else built.last
        end = last or mark(event.end_mark)
        merge(built)
        node = Node(
            built.entries, built.start, end, built.is_flow, built.is_shared, keys=built.keys
        )
        self.finish(node, built.anchor, built.weight, built.depth)

    def finish(self, node: Node, anchor: str | None, weight: int, depth: int) -> None:
        """Remember a node under its anchor, and put it in its place."""
        if anchor is not None:
            self.anchors[anchor] = (node, weight, depth)
        self.add(node, weight, depth)

    def alias(self, event: yaml.AliasEvent) -> None:
        """Put in what an anchor named."""
        start, end = mark(event.start_mark), mark(event.end_mark)
        if event.anchor not in self.anchors:
            raise unreadable("an alias of something around it", start, "Write it out.")
        node, weight, depth = self.anchors[event.anchor]
        copy = Node(node.value, start, end, node.is_flow, is_shared=True, keys=node.keys)
        self.add(copy, weight, depth)


def read(text: str) -> list[Node]:
    """Return the root of each document that holds something. Raises Unreadable."""
    if len(text) > LARGEST:
        raise Unreadable("too large", 1, f"At most {LARGEST >> 20} MiB are read at once.")
    try:
        return list(documents(text))
    except yaml.MarkedYAMLError as error:
        where = error.problem_mark or error.context_mark
        what = f"not YAML: {error.problem or error.context}"
        raise Unreadable(what, where.line + 1 if where else 1, "Correct the line.") from None
    except yaml.YAMLError as error:
        raise Unreadable(
            f"not YAML: {str(error).splitlines()[0]}", 1, "Save it as UTF-8."
        ) from None


def documents(text: str) -> Iterator[Node]:
    """Yield the documents. Raises Unreadable and errors of PyYAML."""
    reader = Reader()
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        match event:
            case yaml.ScalarEvent():
                value = scalar(event)
                start, end = mark(event.start_mark), mark(event.end_mark)
                node = Node(value, start, end, is_shared=event.anchor is not None)
                reader.finish(node, event.anchor, 1, 0)
            case yaml.AliasEvent():
                reader.alias(event)
            case yaml.CollectionStartEvent():
                reader.open(event)
            case yaml.CollectionEndEvent():
                reader.close(event)
            case yaml.DocumentEndEvent():
                if reader.root is not None and reader.root.value is not None:
                    yield reader.root
                reader = Reader()


def scalar(event: yaml.ScalarEvent) -> Scalar:
    """Return what a scalar means: plain ones may be numbers and booleans."""
    text: str = event.value
    if event.tag == "tag:yaml.org,2002:str" or (event.style and event.style != "plain"):
        return text
    if text in WORDS:
        return WORDS[text]
    if WHOLE.fullmatch(text) and len(text) < 20:
        return int(text)
    octal = OCTAL.fullmatch(text)
    if octal and len(text) < 20:
        return int(octal[1], 8)
    return float(text) if FLOAT.fullmatch(text) else text


def key_of(node: Node) -> str:
    """Return the text of a key."""
    if isinstance(node.value, list | dict):
        raise unreadable("a key that is no text", node.start, "Write a plain word.")
    return node.text


def put(top: Build, key: tuple[str, Mark], node: Node) -> None:
    """Put an entry into a mapping."""
    name, place = key
    if not isinstance(top.entries, dict):
        raise TypeError(name)
    if name == MERGE:
        top.merged += list(node) if isinstance(node.value, list) else [node]
        return
    if name in top.entries:
        remedy = "Remove one of the two; the API server refuses both or takes one of them."
        raise unreadable(f'the key "{name}" twice', place, remedy)
    top.entries[name] = node
    top.keys[name] = place


def merge(built: Build) -> None:
    """Add what `<<` brings in, behind what is written."""
    for source in built.merged:
        for name, node in source.items():
            if isinstance(built.entries, dict) and name not in built.entries:
                built.entries[name] = shared(node)


def shared(node: Node) -> Node:
    """Return the node, marked as written elsewhere."""
    return Node(node.value, node.start, node.end, node.is_flow, is_shared=True, keys=node.keys)


def mark(place: Any) -> Mark:
    """Return a position of PyYAML as ours. It has two classes for it, of one shape."""
    return Mark(place.index, place.line, place.column)


def unreadable(what: str, place: Mark, remedy: str) -> Unreadable:
    """Return an error about a place."""
    return Unreadable(what, place.line + 1, remedy)
