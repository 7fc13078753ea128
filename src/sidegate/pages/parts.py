"""The files of this package: templates, scripts and the stylesheet, read when a gate is built.

Rule 1: every value enters a template through `Markup.format`, which escapes it.
Rule 2: `[[key]]` is a word of ours (`words`), put in before any value.
"""

import pkgutil
import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from sidegate.pages.words import LANGUAGE, WORDS

_KEY = re.compile(r"\[\[(\w+)\]\]")
_TEMPLATES = (
    *("frame", "brand", "logo", "name", "banner", "footer", "site", "script", "refresh"),
    *("sign_in", "sign_in_option", "sign_in_choice", "sign_in_choices", "email", "password"),
    *("unsent", "unsent_link", "onward", "pass", "signed_out", "sign_out"),
    *("error", "advice", "action", "cause", "causes", "debug", "reference", "code"),
)


class Templates:
    """Our templates with the words in them. `names`: which; those of the pages of a sign-in."""

    def __init__(self, words: Mapping[str, str] = WORDS, names: Sequence[str] = _TEMPLATES) -> None:
        table = {"language": LANGUAGE, **words}
        self._templates = {name: _template(name, table) for name in names}

    def fill(self, template: str, /, **values: str) -> Markup:
        """Return a template with these values, each escaped unless it is HTML already."""
        return self._templates[template].format(**values)

    def fill_or_leave_out(self, template: str, /, **value: str) -> str:
        """Fill a template of one value, or leave it out when the value is empty."""
        return self.fill(template, **value) if all(value.values()) else ""


def script(name: str) -> str:
    """Return a script of ours, as it stands in a page."""
    return read(f"scripts/{name}.js").decode()


def read(name: str) -> bytes:
    """Return a file of this package."""
    # `importlib.resources` does the same and costs 1.9 MB of memory, this costs 0.2.
    found = pkgutil.get_data(__package__, name)
    if found is None:
        raise FileNotFoundError(name)
    return found


def _template(name: str, words: Mapping[str, str]) -> Markup:
    text = read(f"templates/{name}.html").decode().rstrip("\n")
    # The templates and words are ours and trusted; the values are what `format` escapes.
    return Markup(_KEY.sub(lambda key: words[key[1]], text))  # noqa: S704 - ours
