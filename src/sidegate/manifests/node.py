"""One value of a YAML document, with the place where it is written.

A node answers for what is not there as well: `node["spec"]["containers"]` is an absent node, false
and empty, where nothing was written. So whoever asks needs no ladder of conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A position in a text; each number counts from 0. `index` counts characters."""

    index: int
    line: int
    column: int


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A scalar, a sequence or a mapping.

    `end` is the end of what is written, without comments behind it. `keys`: where each key of a
    mapping stands. `is_shared`: it has an anchor, or came in by an alias or a merge.
    """

    value: Scalar | list[Node] | dict[str, Node]
    start: Mark
    end: Mark
    is_flow: bool = False
    is_shared: bool = False
    is_absent: bool = False
    keys: dict[str, Mark] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return not self.is_absent and self.value is not None

    def __getitem__(self, key: str) -> Node:
        """Return the value of a key; an absent node where there is none."""
        if isinstance(self.value, dict) and key in self.value:
            return self.value[key]
        return Node(None, self.start, self.end, is_absent=True)

    def __iter__(self) -> Iterator[Node]:
        """Yield the entries of a sequence; nothing else has any."""
        return iter(self.value if isinstance(self.value, list) else ())

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def at(self, *path: str) -> Node:
        """Return what is written at a path of keys."""
        node = self
        for key in path:
            node = node[key]
        return node

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield the entries of a mapping."""
        return iter(self.value.items() if isinstance(self.value, dict) else ())

    @property
    def text(self) -> str:
        """Return a scalar as text; nothing for what is absent, null, or no scalar."""
        if isinstance(self.value, bool):
            return str(self.value).lower()
        return str(self.value) if isinstance(self.value, str | int | float) else ""

    @property
    def number(self) -> int | None:
        """Return a whole number, also one that is written as text."""
        text = self.text
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    @property
    def texts(self) -> list[str]:
        """Return the scalars of a sequence as texts."""
        return [entry.text for entry in self]

    @property
    def plain(self) -> object:
        """Return the value without positions."""
        if isinstance(self.value, list):
            return [entry.plain for entry in self.value]
        if isinstance(self.value, dict):
            return {key: entry.plain for key, entry in self.value.items()}
        return self.value

    def is_true(self) -> bool:
        """Tell whether it is the boolean true."""
        return self.value is True

    def is_false(self) -> bool:
        """Tell whether it is the boolean false."""
        return self.value is False


NOWHERE = Mark(0, 0, 0)
ABSENT = Node(None, NOWHERE, NOWHERE, is_absent=True)
