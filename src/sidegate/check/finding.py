"""What the check finds: a fact and its place. The text about each kind stands in `findings.toml`.

A finding has the shape of those of `sidegate doctor`: id, severity, what was seen, cause, remedy.
"""

from __future__ import annotations

import pkgutil
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the objects need PyYAML, and a look at a running gate needs no objects
    from sidegate.manifests.node import Node
    from sidegate.manifests.objects import Thing

PAGE = "docs/kubernetes/check.md"


class Severity(StrEnum):
    """How much a finding matters, the worst first."""

    PROBLEM = "problem"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place: a file (or an address), a line from 1 (0: none), and what is meant there."""

    source: str
    line: int = 0
    about: str = ""

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.line else self.source
        return f"{place} ({self.about})" if self.about else place


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was seen. `id` names the text about it."""

    id: str
    where: Where
    seen: str


@dataclass(frozen=True, slots=True)
class Advice:
    """The text about a kind of finding. `family`: under which heading the page has it."""

    id: str
    severity: Severity
    family: str
    title: str
    cause: str
    remedy: str

    @property
    def link(self) -> str:
        """Return where the documentation has it."""
        return f"{PAGE}#{self.id}"


@cache
def advice() -> dict[str, Advice]:
    """Return the text about every kind of finding, in the order of the file."""
    texts = table("findings.toml")
    return {
        name: Advice(name, Severity(text.pop("severity")), **text) for name, text in texts.items()
    }


def table(name: str) -> dict[str, Any]:
    """Return a table of this package."""
    found = pkgutil.get_data(__package__, name)
    if found is None:
        raise FileNotFoundError(name)
    return tomllib.loads(found.decode())


def seen(name: str, thing: Thing, node: Node, what: str, about: str = "") -> Finding:
    """Return a finding at the place of a node of an object."""
    return Finding(
        name,
        Where(thing.source, node.start.line + 1, f"{thing}, {about}" if about else str(thing)),
        what,
    )
