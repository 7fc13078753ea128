"""The little HTML that banner and footer may hold: taken as it is, or refused at the start.

Rule 1: what comes out was written anew from what was read: text escaped, the tags of the list,
        attributes in quotes. Nothing is repaired or dropped in silence.
Rule 2: links lead to web pages and mail addresses only; there are no styles, pictures or scripts.
"""

from html import escape
from html.parser import HTMLParser

from sidegate.config.findings import Malformed

_TAGS = frozenset({"a", "b", "br", "code", "em", "i", "li", "p", "small", "span", "strong", "ul"})
_ATTRIBUTES = {"a": frozenset({"href", "title"}), "span": frozenset({"lang"})}
_SCHEMES = ("https://", "http://", "mailto:", "/")
_LISTED = ", ".join(sorted(_TAGS))


def safe_markup(text: str) -> str:
    """Return `text` as HTML that can stand in a page. Raises Malformed for what is not taken."""
    if not set(text) & set("<>&"):
        return text
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.open:
        raise Malformed(f"does not close <{reader.open[-1]}>", f"Add </{reader.open[-1]}>.")
    return "".join(reader.parts)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise Malformed(f"holds <{tag}>", f"Keep to text and {_LISTED}.")
        said = "".join(_attribute(tag, name, value or "") for name, value in attrs)
        self.parts.append(f"<{tag}{said}>")
        if tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            raise Malformed(f"ends <{tag}/> at once", f"Write <{tag}></{tag}>.")
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            raise Malformed(f"closes </{tag}>, which is not open there", "Close what is open.")
        self.open.pop()
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(escape(data, quote=False))

    def handle_comment(self, data: str) -> None:
        del data
        raise Malformed("holds a comment", "Remove it.")

    def handle_decl(self, decl: str) -> None:
        del decl
        raise Malformed("holds a declaration", "Remove it.")

    def handle_pi(self, data: str) -> None:
        del data
        raise Malformed("holds an instruction", "Remove it.")

    def unknown_decl(self, data: str) -> None:
        self.handle_decl(data)


def _attribute(tag: str, name: str, value: str) -> str:
    if name not in _ATTRIBUTES.get(tag, ()):
        raise Malformed(f"holds <{tag} {name}>", "Remove the attribute.")
    if name == "href" and (not value.lower().startswith(_SCHEMES) or value.startswith("//")):
        raise Malformed(
            "holds a link that is neither a web page nor a mail address",
            "Begin it with https://, mailto: or /.",
        )
    return f' {name}="{escape(value)}"'
