"""Changes to a text by whole lines, which say themselves how to take them back.

A changed place is written as

    # sidegate:begin
    the new lines
    # sidegate:was
    #|the old lines, character by character
    # sidegate:end

so all that is outside of such places is kept as it was, and `restore` gives the old text back byte
for byte. Places are characters of the text; nothing is written anew that was not changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sidegate.inject.refusal import Refused
from sidegate.manifests.node import Mark, Node
from sidegate.manifests.read import read

BEGIN, WAS, END = "# sidegate:begin", "# sidegate:was", "# sidegate:end"
KEPT = "#|"
ODD_BREAKS = ("\r", "\x85", "\u2028", "\u2029")
"""Line breaks of YAML 1.1 other than \\n and \\r\\n."""


@dataclass
class Line:
    """What is done to one line: lines before it, replacements within, lines behind it."""

    before: list[str] = field(default_factory=list)
    within: list[tuple[int, int, str]] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)


class Edits:
    """The changes to one source. `name` is how to call it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.lines: dict[int, Line] = {}

    def insert_before(self, index: int, lines: Iterable[str]) -> None:
        """Put lines before the one that has a character in it."""
        self.line(index).before += lines

    def insert_behind(self, end: Mark, lines: Iterable[str]) -> None:
        """Put lines behind the one in which something ends, once."""
        following = end.index if end.column == 0 else self.end_of(end.index)
        added = list(lines)
        if following == len(self.text) and not self.text.endswith("\n"):
            place = self.line(end.index).behind
        else:
            place = self.line(following).before
        if place[-len(added) :] != added:
            place += added

    def replace(self, start: int, end: int, new: str) -> None:
        """Replace some characters of one line, once: two workloads may share a Service."""
        within = self.line(start).within
        if (start, end, new) not in within:
            within.append((start, end, new))

    def line(self, index: int) -> Line:
        """Return what is done to the line that has a character in it."""
        return self.lines.setdefault(self.text.rfind("\n", 0, index) + 1, Line())

    def end_of(self, start: int) -> int:
        """Return where the next line begins."""
        found = self.text.find("\n", start)
        return len(self.text) if found < 0 else found + 1

    def apply(self) -> str:
        """Return the text with all changes. Raises Refused where that cannot be done safely."""
        self.check()
        parts, done = [], 0
        for start in sorted(self.lines):
            end = self.end_of(start)
            parts += [self.text[done:start], self.changed(start, self.text[start:end])]
            done = end
        return "".join([*parts, self.text[done:]])

    def changed(self, start: int, old: str) -> str:
        """Return one line with what is done to it."""
        edit = self.lines[start]
        ending = "\r\n" if old.endswith("\r\n") else "\n"
        before = "".join(marked(edit.before, "", ending)) if edit.before else ""
        if not (edit.within or edit.behind):
            return before + old
        new = old
        for first, last, text in sorted(edit.within, reverse=True):
            new = new[: first - start] + text + new[last - start :]
        lines = [new.rstrip("\r\n"), *edit.behind]
        return before + "".join(marked(lines, old, ending))

    def check(self) -> None:
        """Refuse to change what stands for more than itself, or cannot carry a comment."""
        spans = list(forbidden(read(self.text)))
        for start, edit in self.lines.items():
            old = self.text[start : self.end_of(start)]
            where = f"{self.name}:{self.text.count(chr(10), 0, start) + 1}"
            if any(mark in old.removesuffix("\n").removesuffix("\r") for mark in ODD_BREAKS):
                raise Refused(where, "an unusual line break", "Write plain line feeds.")
            places = [start, *(first for first, _, _ in edit.within)]
            for first, last, why, remedy in spans:
                if any(first < place < last for place in places) or (
                    why == SHARED and first in places
                ):
                    raise Refused(where, why, remedy)


SHARED = "written with an anchor, an alias or a merge, which stands in other places too"


def forbidden(roots: list[Node]) -> Iterator[tuple[int, int, str, str]]:
    """Yield each span in which no line may be changed, why, and what to do."""
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.is_shared:
            yield node.start.index, node.end.index, SHARED, "Write it out."
        if isinstance(node.value, list | dict):
            if id(node.value) not in seen:
                seen.add(id(node.value))
                stack += node.value if isinstance(node.value, list) else node.value.values()
        elif node.end.line > node.start.line:
            remedy = "Begin a new line for what comes behind it."
            yield node.start.index, node.end.index, "a text of several lines", remedy


def marked(lines: list[str], old: str, ending: str) -> Iterator[str]:
    """Yield a changed place: the new lines and, if there is one, the old line."""
    indent = " " * (len(lines[0]) - len(lines[0].lstrip(" ")))
    yield f"{indent}{BEGIN}{ending}"
    yield from (f"{line}{ending}" for line in lines)
    if old:
        yield f"{indent}{WAS}{ending}"
        yield KEPT + (old if old.endswith("\n") else old + ending)
    yield indent + END + (ending if not old or old.endswith("\n") else "")


def restore(name: str, text: str) -> str:
    """Return the text as it was before. Raises Refused where somebody changed the marks."""
    if BEGIN not in text and END not in text:
        return text
    marks = dict(comments(text))
    kept: list[str] = []
    state = END
    for number, line in enumerate(split(text)):
        word = marks.get(number, "").strip()
        follows = {BEGIN: (END,), WAS: (BEGIN,), END: (BEGIN, WAS)}.get(word)
        if follows is not None:
            if state not in follows:
                raise broken(name, number)
            state = word
            if word == END and not line.endswith("\n") and kept:
                kept[-1] = kept[-1].removesuffix("\n").removesuffix("\r")
        elif state == END:
            kept.append(line)
        elif state == WAS:
            if not line.startswith(KEPT):
                raise broken(name, number)
            kept.append(line.removeprefix(KEPT))
    if state != END:
        raise broken(name, text.count("\n"))
    return "".join(kept)


def broken(name: str, number: int) -> Refused:
    """Return a refusal about marks that do not fit."""
    remedy = "Take the file as it was from version control."
    return Refused(f"{name}:{number + 1}", "the marks of sidegate were changed", remedy)


def split(text: str) -> list[str]:
    """Return the lines, each with its line feed."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number and text of each line that is a mark, and not part of a longer text."""
    inside = [(first, last) for first, last, why, _ in forbidden(read(text)) if why != SHARED]
    place = 0
    for number, line in enumerate(split(text)):
        if line.strip() in (BEGIN, WAS, END) and not any(
            first < place < last for first, last in inside
        ):
            yield number, line
        place += len(line)
