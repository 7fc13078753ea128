"""Own pages in the language of oauth2-proxy's templates: the part of Go's `html/template` they use.

    {{.Name}}  {{if .A}} … {{else if eq .B "x" 2}} … {{else}} … {{end}}
    {{range .Providers}} … {{$.Top}} … {{end}}  {{if or (not .A) (and .B .C)}} … {{end}}
    {{.Name | ToUpper}}  {{- .Trims -}}  {{/* note */}}

and one `{{define "file.html"}}` around it all. Everything else is refused at the start, by name.

Rule 1: a template is given the names that it may use, and nothing else can be reached from them.
Rule 2: every value is escaped; where a value cannot be made safe, the template is refused
        (`template_check`).
Rule 3: there is no way to loop but over a list, so a page is made in the time its length says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from sidegate.config.findings import Malformed, suggestion

Scope = Mapping[str, Any]
Evaluate = Callable[[Scope, Scope], Any]
"""Returns a value, from what `.` and `$` are."""

_ACTION = re.compile(r"\{\{(-?)(?P<inner>.*?)(-?)\}\}", re.DOTALL)
_WORD = re.compile(
    r"\s*(?:(?P<text>\"[^\"\\\n]*\"|`[^`]*`)|(?P<number>-?[0-9]+)|(?P<name>\$?\.[A-Za-z]\w*)"
    r"|(?P<word>[A-Za-z]\w*)|(?P<sign>[()|]))"
)
_TAKEN = "Taken are {{.Name}}, if, else, range, end, eq, ne, not, and, or, ToUpper and ToLower."


@dataclass(frozen=True, slots=True)
class Value:
    """A value in the page. `number` counts them; `name` is the one it is read from, if just one."""

    number: int
    name: str
    evaluate: Evaluate


@dataclass(frozen=True, slots=True)
class If:
    """What stands there when `condition` holds, and what otherwise."""

    condition: Evaluate
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Each:
    """What stands there for every item of a list, and what when there is none."""

    items: Evaluate
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...]


Node = str | Value | If | Each


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read. `names`: what it uses; `values`: how many values it shows."""

    nodes: tuple[Node, ...]
    names: frozenset[str]
    values: int

    def fill(self, values: Scope, in_attribute: frozenset[int]) -> str:
        """Return the page. `in_attribute`: the numbers of values that are never HTML themselves."""
        return "".join(_filled(self.nodes, values, values, in_attribute))


def parse_template(text: str, file: str, names: Mapping[str, frozenset[str]]) -> Template:
    """Read a template. Raises Malformed.

    `names`: each name with those of the items it lists, none when it is no list. `file` is the name
    that a `define` around it all may give.
    """
    parser = _Parser(file, names)
    nodes = parser.read(text.replace("\r\n", "\n"))
    return Template(nodes, frozenset(parser.used), parser.count)


def _filled(
    nodes: tuple[Node, ...], dot: Scope, top: Scope, in_attribute: frozenset[int]
) -> Iterator[str]:
    for node in nodes:
        match node:
            case str():
                yield node
            case Value():
                yield _shown(node.evaluate(dot, top), as_text=node.number in in_attribute)
            case If():
                chosen = node.then if node.condition(dot, top) else node.otherwise
                yield from _filled(chosen, dot, top, in_attribute)
            case Each():
                items = node.items(dot, top)
                for item in items:
                    yield from _filled(node.body, item, top, in_attribute)
                if not items:
                    yield from _filled(node.otherwise, dot, top, in_attribute)


def _shown(value: object, *, as_text: bool) -> str:
    if isinstance(value, bool):
        value = str(value).lower()
    if as_text and isinstance(value, Markup):
        value = str(value)
    return str(escape(value))


@dataclass(slots=True)
class _Block:
    """An `if` or `range` that is open. `chain`: how many blocks one `end` closes (`else if`)."""

    evaluate: Evaluate
    lists: frozenset[str] | None  # the names inside, for a range
    body: list[Node] = field(default_factory=list)
    otherwise: list[Node] | None = None
    chain: int = 1

    def closed(self) -> Node:
        otherwise = tuple(self.otherwise or ())
        if self.lists is None:
            return If(self.evaluate, tuple(self.body), otherwise)
        return Each(self.evaluate, tuple(self.body), otherwise)


class _Parser:
    def __init__(self, file: str, names: Mapping[str, frozenset[str]]) -> None:
        self._file = file
        self._names = names
        self._blocks: list[_Block] = []
        self._top: list[Node] = []
        self._is_defined = False
        self._is_over = False
        self.used: set[str] = set()
        self.count = 0

    def read(self, text: str) -> tuple[Node, ...]:
        position, trim = 0, False
        for action in _ACTION.finditer(text):
            self._text(text[position : action.start()], left=trim, right=bool(action[1]))
            self._act(action["inner"].strip())
            position, trim = action.end(), bool(action[3])
        self._text(text[position:], left=trim, right=False)
        if self._blocks or (self._is_defined and not self._is_over):
            raise Malformed("has a block without its {{end}}", "Add {{end}}.")
        return tuple(self._top)

    def _text(self, text: str, *, left: bool, right: bool) -> None:
        text = text.lstrip() if left else text
        text = text.rstrip() if right else text
        if "{{" in text:
            raise Malformed("has {{ without }}", "Close it.")
        if self._is_over and text.strip():
            raise Malformed("goes on behind the {{end}} of its define", "Move it inside.")
        if text and not self._is_over:
            self._place.append(text)

    @property
    def _place(self) -> list[Node]:
        if not self._blocks:
            return self._top
        block = self._blocks[-1]
        return block.body if block.otherwise is None else block.otherwise

    def _act(self, action: str) -> None:
        word, _, rest = action.partition(" ")
        match word:
            case "if" | "range":
                self._open(word, rest)
            case "else":
                self._else(rest.strip())
            case "end":
                self._end()
            case "define":
                self._define(rest.strip())
            case _ if action.startswith("/*") and action.endswith("*/"):
                return
            case _:
                self._value(action)

    def _open(self, word: str, rest: str) -> None:
        evaluate, name = self._expression(rest)
        lists = None
        if word == "range":
            lists = self._known.get(name)
            if not lists:
                raise Malformed(f"has {{{{range {rest}}}}}", "Only .Providers is a list.")
        self._blocks.append(_Block(evaluate, lists))

    def _else(self, rest: str) -> None:
        block = self._blocks[-1] if self._blocks else None
        if block is None or block.otherwise is not None:
            raise Malformed("has an {{else}} without its {{if}}", "Remove it.")
        block.otherwise = []
        if not rest:
            return
        word, _, condition = rest.partition(" ")
        if word != "if":
            raise Malformed(f"has {{{{else {rest}}}}}", _TAKEN)
        self._open("if", condition)
        self._blocks[-1].chain += block.chain

    def _end(self) -> None:
        if not self._blocks:
            if not self._is_defined or self._is_over:
                raise Malformed("has an {{end}} too many", "Remove it.")
            self._is_over = True
            return
        for _ in range(self._blocks[-1].chain):
            block = self._blocks.pop()
            self._place.append(block.closed())

    def _define(self, rest: str) -> None:
        is_first = not self._is_defined and all(
            isinstance(node, str) and not node.strip() for node in self._top
        )
        if rest.strip('"`') != self._file or self._blocks or not is_first:
            raise Malformed(
                f"has {{{{define {rest}}}}}", f'Define "{self._file}" only, around all.'
            )
        self._is_defined = True
        self._top.clear()

    def _value(self, action: str) -> None:
        evaluate, name = self._expression(action)
        if self._known.get(name):
            raise Malformed(f"shows {{{{{action}}}}}, which is a list", "Go through it by range.")
        self._place.append(Value(self.count, name, evaluate))
        self.count += 1

    @property
    def _known(self) -> Mapping[str, frozenset[str]]:
        """The names at this place: those of an item inside a range, and those of the page as $."""
        inner = next((b.lists for b in reversed(self._blocks) if b.lists is not None), None)
        top = {f"${name}": items for name, items in self._names.items()}
        if inner is None:
            return {**self._names, **top}
        return {**dict.fromkeys(inner, frozenset()), **top}

    def _expression(self, text: str) -> tuple[Evaluate, str]:
        """Return what evaluates the expression, and its name when it is nothing but one."""
        words = _Words(text)
        evaluate = words.pipeline(self._lookup)
        if words.left:
            raise Malformed(f"has {{{{{text.strip()}}}}}", _TAKEN)
        return evaluate, text.strip() if words.is_one_name else ""

    def _lookup(self, name: str) -> Evaluate:
        known = self._known
        if name not in known:
            near = suggestion(name, known, "It has " + ", ".join(sorted(self._names)) + ".")
            raise Malformed(f"uses {name}, which it is not given", near)
        self.used.add(name.removeprefix("$"))
        key = name.rpartition(".")[2]
        if name.startswith("$"):
            return lambda _, top: top[key]
        return lambda dot, _: dot[key]


class _Words:
    """The words of one action, read from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self.left: list[tuple[str, str]] = []
        position = 0
        while position < len(self._text):
            word = _WORD.match(self._text, position)
            if word is None:
                raise Malformed(f"has {{{{{self._text}}}}}", _TAKEN)
            self.left.append((str(word.lastgroup), word[0].strip()))
            position = word.end()
        self.is_one_name = [kind for kind, _ in self.left] == ["name"]

    def pipeline(self, lookup: Callable[[str], Evaluate]) -> Evaluate:
        """Read a pipeline: each command gets what the one before it made as its last argument."""
        made = self._command(lookup, ())
        while self.left and self.left[0] == ("sign", "|"):
            self.left.pop(0)
            made = self._command(lookup, (made,))
        return made

    def _command(self, lookup: Callable[[str], Evaluate], more: tuple[Evaluate, ...]) -> Evaluate:
        function = self.left.pop(0)[1] if self.left and self.left[0][0] == "word" else ""
        arguments = []
        while self.left and self.left[0] not in (("sign", ")"), ("sign", "|")):
            arguments.append(self._operand(lookup))
        return _call(function, (*arguments, *more), self._text)

    def _operand(self, lookup: Callable[[str], Evaluate]) -> Evaluate:
        kind, word = self.left.pop(0)
        match kind:
            case "name":
                return lookup(word)
            case "text":
                return lambda _, __: word[1:-1]
            case "number":
                return lambda _, __: int(word)
            case "sign" if word == "(":
                inner = self.pipeline(lookup)
                if self.left and self.left.pop(0) == ("sign", ")"):
                    return inner
        raise Malformed(f"has {{{{{self._text}}}}}", _TAKEN)


def _and(*values: Any) -> Any:
    return next((value for value in values if not value), values[-1])


def _or(*values: Any) -> Any:
    return next((value for value in values if value), values[-1])


# Each with the least and the most arguments it takes.
_FUNCTIONS: Mapping[str, tuple[Callable[..., Any], int, int]] = {
    "": (lambda value: value, 1, 1),
    "not": (lambda value: not value, 1, 1),
    "and": (_and, 1, 9),
    "or": (_or, 1, 9),
    "eq": (lambda value, *others: value in others, 2, 9),
    "ne": (lambda value, other: value != other, 2, 2),
    "ToUpper": (lambda value: str(value).upper(), 1, 1),
    "ToLower": (lambda value: str(value).lower(), 1, 1),
}


def _call(function: str, arguments: tuple[Evaluate, ...], text: str) -> Evaluate:
    if function not in _FUNCTIONS:
        raise Malformed(f"has {{{{{text}}}}}", _TAKEN)
    run, least, most = _FUNCTIONS[function]
    if not least <= len(arguments) <= most:
        raise Malformed(f"has {{{{{text}}}}}", _TAKEN)
    return lambda dot, top: run(*(argument(dot, top) for argument in arguments))
