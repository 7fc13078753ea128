"""Where in a text a key or an entry is put, in block and in flow style."""

from __future__ import annotations

from collections.abc import Mapping

from sidegate.inject.edits import SHARED, Edits
from sidegate.inject.refusal import Refused
from sidegate.inject.render import block, flow
from sidegate.manifests.node import Mark, Node


def add_keys(edits: Edits, mapping: Node, values: Mapping[str, object], before: str) -> None:
    """Put keys into a mapping, before one that it has."""
    own(edits, mapping)
    if mapping.is_flow:
        text = ", ".join(f"{key}: {flow(value)}" for key, value in values.items())
        open_flow(edits, mapping, "{", text)
        return
    key = key_of(edits, mapping, before)
    alone_on_line(edits, key)
    edits.insert_before(key.index, block(values, key.column))


def add_key_behind(edits: Edits, mapping: Node, key: str, value: object, behind: str) -> None:
    """Put a key with a scalar behind another that has one."""
    own(edits, mapping)
    place, node = key_of(edits, mapping, behind), mapping[behind]
    if mapping.is_flow:
        edits.replace(node.end.index, node.end.index, f", {key}: {flow(value)}")
        return
    space = " " * place.column
    edits.insert_behind(node.end, [f"{space}{key}: {flow(value)}"])


def add_first(edits: Edits, sequence: Node, values: list[object]) -> None:
    """Put entries before those of a sequence."""
    own(edits, sequence)
    if sequence.is_flow:
        open_flow(edits, sequence, "[", ", ".join(map(flow, values)))
        return
    alone_on_line(edits, sequence.start)
    edits.insert_before(sequence.start.index, block(values, sequence.start.column))


def add_last(edits: Edits, sequence: Node, values: list[object]) -> None:
    """Put entries behind those of a sequence in block style; before them in flow style."""
    if sequence.is_flow:
        add_first(edits, sequence, values)
        return
    own(edits, sequence)
    alone_on_line(edits, sequence.start)
    edits.insert_behind(sequence.end, block(values, sequence.start.column))


def set_scalar(edits: Edits, node: Node, value: object) -> None:
    """Write another scalar in the place of one."""
    edits.replace(node.start.index, node.end.index, flow(value))


def own(edits: Edits, node: Node) -> None:
    """Refuse what is written elsewhere, or stands in other places too."""
    if node.is_shared:
        raise at(edits, node.start, SHARED, "Write it out.")


def key_of(edits: Edits, mapping: Node, key: str) -> Mark:
    """Return where a key of a mapping stands; refuse one that a merge brought in."""
    if key not in mapping.keys:
        raise at(edits, mapping.start, SHARED, "Write it out.")
    return mapping.keys[key]


def open_flow(edits: Edits, node: Node, bracket: str, text: str) -> None:
    """Put text behind the opening bracket of a collection in flow style."""
    start = node.start.index
    if edits.text[start] != bracket:
        raise at(edits, node.start, "a tag", "Take it out.")
    comma = ", " if node.value else ""
    edits.replace(start + 1, start + 1, text + comma)


def alone_on_line(edits: Edits, place: Mark) -> None:
    """Refuse what has something before it in its line."""
    start = edits.text.rfind("\n", 0, place.index) + 1
    if edits.text[start : place.index].strip(" "):
        raise at(edits, place, "no line of its own", "Begin a new line for it.")


def at(edits: Edits, place: Mark, what: str, remedy: str) -> Refused:
    """Return a refusal at a place."""
    return Refused(f"{edits.name}:{place.line + 1}", what, remedy)
