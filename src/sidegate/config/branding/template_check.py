"""Whether a template can be made safe: where its values stand, and what the page's policy lets be.

Rule 1: a value stands in text or inside the quotes of an attribute; an address that begins with a
        value begins with one that is known to lead to a page.
Rule 2: scripts and styles are blocks of the template itself, without values: the policy names each
        by its hash, so nothing that somebody got into a page would run. What the policy would block
        anyway is refused, so that nobody has to look for it in a browser.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from sidegate.config.branding.template import Each, If, Node, Template, Value
from sidegate.config.findings import Malformed

_MARK = re.compile(r"zq([0-9]+)qz")
_BRANCH = "\ue000"  # stands where a block begins or ends
_ADDRESSES = frozenset({"action", "formaction", "href", "poster", "src"})
_NEVER = frozenset({"applet", "base", "embed", "frame", "iframe", "object"})
_LINKS = frozenset({"a", "area", "button", "form", "input"})
_LEADS_TO_PAGES = frozenset({".ProxyPrefix", ".Redirect", ".Address"})
_POLICY = "the page's policy would block it"


@dataclass(frozen=True, slots=True)
class Findings:
    """What a template holds.

    Numbers of values in attributes, hashes for the policy, the names of its fields, and addresses
    of assets that the gate would have to serve.
    """

    in_attribute: frozenset[int]
    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    fields: frozenset[str]
    own_assets: tuple[str, ...]


def check_template(template: Template) -> Findings:
    """Look at every place of a template. Raises Malformed."""
    places = _Places({value.number: value.name for value in _values(template.nodes)})
    places.feed("".join(_skeleton(template.nodes)))
    places.close()
    places.end()
    return Findings(
        frozenset(places.in_attribute),
        tuple(map(_hash, places.blocks["script"])),
        tuple(map(_hash, places.blocks["style"])),
        frozenset(places.fields),
        tuple(places.own_assets),
    )


def _values(nodes: tuple[Node, ...]) -> Iterator[Value]:
    for node in nodes:
        match node:
            case Value():
                yield node
            case If(then=first) | Each(body=first):
                yield from _values(first)
                yield from _values(node.otherwise)


def _skeleton(nodes: tuple[Node, ...]) -> Iterator[str]:
    """Yield the page with a mark for every value, and all branches one after the other."""
    for node in nodes:
        match node:
            case str():
                yield node
            case Value():
                yield f"zq{node.number}qz"
            case If(then=first) | Each(body=first):
                for branch in (first, node.otherwise):
                    yield _BRANCH
                    yield from _skeleton(branch)
                yield _BRANCH


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


class _Places(HTMLParser):
    def __init__(self, names: dict[int, str]) -> None:
        super().__init__(convert_charrefs=False)
        self._names = names
        self._seen: set[int] = set()
        self._inside = ""
        self.in_attribute: set[int] = set()
        self.blocks: dict[str, list[str]] = {"script": [], "style": []}
        self.fields: set[str] = set()
        self.own_assets: list[str] = []

    def end(self) -> None:
        """Refuse what was not met in any place where a value can be."""
        if self._inside:
            raise Malformed(f"does not close <{self._inside}>", "Close it.")
        for number, name in self._names.items():
            if number not in self._seen:
                raise Malformed(
                    f"has {{{{{name}}}}} where it cannot be made safe",
                    "Put it into text, or between the quotes of an attribute.",
                )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _NEVER:
            raise Malformed(f"has <{tag}>: {_POLICY}", "Remove it.")
        raw = self.get_starttag_text() or ""
        for name, value in attrs:
            self._attribute(tag, name.replace(_BRANCH, ""), (value or "").strip(), raw)
        if tag in self.blocks:
            self._inside = tag
            self.blocks[tag].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self._seen.update(_numbers(data))
            return
        if _BRANCH in data or _numbers(data):
            raise Malformed(
                f"has {{{{ }}}} in <{self._inside}>, where nothing can be made safe",
                "Keep scripts and styles free of values and blocks.",
            )
        self.blocks[self._inside][-1] += data

    def handle_comment(self, data: str) -> None:
        self._seen.update(_numbers(data))
        self.in_attribute.update(_numbers(data))

    def handle_entityref(self, name: str) -> None:
        """Text of the template's own."""

    def handle_charref(self, name: str) -> None:
        """Text of the template's own."""

    def _attribute(self, tag: str, name: str, value: str, raw: str) -> None:
        written = f"has <{tag} {name}=…>"
        if name.startswith("on") or name in ("style", "srcdoc"):
            raise Malformed(f"{written}: {_POLICY}", "Move it into <script> or <style>.")
        if name in _ADDRESSES:
            self._address(tag, value.replace(_BRANCH, ""), written)
        if tag == "input" and name == "name":
            self.fields.add(value)
        for number in _numbers(value):
            if not re.search(rf"=\s*(?:\"[^\"]*zq{number}qz|'[^']*zq{number}qz)", raw):
                raise Malformed(f"{written} without quotes around the value", "Add them.")
            self._seen.add(number)
            self.in_attribute.add(number)

    def _address(self, tag: str, value: str, written: str) -> None:
        begins = _MARK.match(value)
        if begins and self._names[int(begins[1])].removeprefix("$") not in _LEADS_TO_PAGES:
            raise Malformed(
                f"{written} that begins with {{{{{self._names[int(begins[1])]}}}}}",
                "Only .Redirect, .ProxyPrefix and .Address are addresses.",
            )
        lower = value.lower()
        is_asset = tag not in _LINKS
        if lower.startswith(("javascript:", "vbscript:")) or (tag == "script" and lower):
            raise Malformed(f"{written}: {_POLICY}", "Put the script into <script>.")
        shown = _MARK.sub(lambda mark: f"{{{{{self._names[int(mark[1])]}}}}}", value)
        if is_asset and shown.startswith(("{{.ProxyPrefix}}/", "/css/", "/oauth2/")):
            self.own_assets.append(shown)
        if is_asset and (lower.startswith("//") or "://" in lower.partition("?")[0]):
            raise Malformed(
                f"{written} from elsewhere: {_POLICY}",
                "Put styles into <style>, pictures into custom_sign_in_logo or a data: address.",
            )


def _numbers(text: str) -> list[int]:
    return [int(number) for number in _MARK.findall(text)]
