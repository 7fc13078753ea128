"""What every stable code means, for whoever runs the gate: one text for terminal and documents.

The texts stand in `codes.toml`; status and words for people come from `core.errors`.
"""

import pkgutil
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sidegate.core.errors import SidegateError

WIDTH = 79


@dataclass(frozen=True, slots=True)
class Explained:
    """A code with its meaning, likely causes, and what to do.

    `status` and `public` are those of the error; 0 and empty for a reason that is on no page.
    """

    code: str
    means: str
    causes: tuple[str, ...]
    todo: tuple[str, ...]
    status: int = 0
    public: str = ""


@cache
def codes() -> dict[str, Explained]:
    """Return every code that is explained, in the order of the file."""
    errors = {kind.code: kind for kind in error_kinds()}
    return {
        code: Explained(
            code,
            str(text["means"]),
            tuple(text["causes"]),
            tuple(text["todo"]),
            errors[code].status if code in errors else 0,
            errors[code].public if code in errors else "",
        )
        for code, text in read("codes.toml").items()
    }


def error_kinds(root: type[SidegateError] = SidegateError) -> Iterator[type[SidegateError]]:
    """Yield every error there is; those that share a code come from the root on."""
    for child in root.__subclasses__():
        yield from error_kinds(child)
    yield root


def read(name: str) -> dict[str, dict[str, Any]]:
    """Return a table of texts of this package."""
    found = pkgutil.get_data(__package__, name)
    if found is None:
        raise FileNotFoundError(name)
    return tomllib.loads(found.decode())


def as_text(one: Explained) -> str:
    """Return an explanation for a terminal of 80 columns."""
    head = f"{one.code}  (HTTP {one.status})" if one.status else one.code
    parts = [head, wrapped(one.means)]
    if one.public:
        parts += ["People read:", wrapped(f'"{one.public}"')]
    parts += ["Likely causes:", *(wrapped(text, "- ") for text in one.causes)]
    parts += ["What to do:", *(wrapped(text, "- ") for text in one.todo)]
    return "\n".join(parts) + "\n"


def wrapped(text: str, mark: str = "") -> str:
    """Return a paragraph, indented, `mark` before its first line."""
    return textwrap.fill(
        text, WIDTH, initial_indent=f"  {mark}", subsequent_indent="  " + " " * len(mark)
    )


INTRODUCTION = """\
# Codes of errors

What goes wrong has a stable code, the same in the page, the JSON answer, the logs and the label of
a metric. `sidegate doctor --code=CODE` prints the text of one in the terminal. Error pages link
their code to this page where `help_url` says where you keep a copy of it.

This page is written by `sidegate doctor --docs=codes`.
"""
REASONS = """\
## Reasons that are on no page

They stand in the request log or in a label.
"""


def document() -> str:
    """Return the text of docs/errors.md."""
    known = codes().values()
    parts = [INTRODUCTION, "## Errors\n"]
    parts += [as_markdown(one) for one in known if one.status]
    parts += [REASONS, *(as_markdown(one) for one in known if not one.status)]
    return "\n".join(parts)


def as_markdown(one: Explained) -> str:
    """Return an explanation as a section."""
    status = f" (HTTP {one.status})" if one.status else ""
    lines = [f"### {one.code}", "", *paragraph(f"{one.means}{status}"), ""]
    if one.public:
        lines += [*paragraph(f'People read: "{one.public}"'), ""]
    lines += ["Likely causes:", "", *bullets(one.causes), ""]
    return "\n".join([*lines, "What to do:", "", *bullets(one.todo), ""])


def paragraph(text: str) -> list[str]:
    """Return the lines of a paragraph."""
    return textwrap.wrap(text, 100, break_on_hyphens=False, break_long_words=False)


def bullets(texts: tuple[str, ...]) -> list[str]:
    """Return the lines of a list."""
    return [
        line
        for text in texts
        for line in textwrap.wrap(
            text,
            100,
            initial_indent="- ",
            subsequent_indent="  ",
            break_on_hyphens=False,
            break_long_words=False,
        )
    ]
