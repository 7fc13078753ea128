"""What the doctor finds: a fact that was seen, and the text about it, which stands elsewhere."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from sidegate.doctor.codes import read

PAGE = "docs/operate/doctor.md"


class Severity(StrEnum):
    """How much a finding matters, the worst first.

    `UNSEEN`: nobody can tell, because a look was not possible.
    """

    PROBLEM = "problem"
    UNSEEN = "unseen"
    WARNING = "warning"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was seen. `about`: of what, such as a provider; empty where it is clear.

    `id` names the text in `findings.toml`. What is fine has the name of its check as id, and no
    text.
    """

    id: str
    severity: Severity
    seen: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """The text about a kind of finding."""

    title: str
    cause: str
    remedy: str

    @property
    def sentence(self) -> str:
        """The title as a sentence of its own."""
        return f"{self.title[0].upper()}{self.title[1:]}."

    @staticmethod
    def link(finding: str) -> str:
        """Return where the documentation has it."""
        return f"{PAGE}#{finding}"


@cache
def advice() -> dict[str, Advice]:
    """Return the text about every kind of finding, in the order of the file."""
    return {
        name: Advice(str(text["title"]), str(text["cause"]), str(text["remedy"]))
        for name, text in read("findings.toml").items()
    }


def problem(name: str, seen: str, about: str = "") -> Finding:
    """Return something that does not work, or will not for long."""
    return Finding(name, Severity.PROBLEM, seen, about)


def warning(name: str, seen: str, about: str = "") -> Finding:
    """Return something that works and deserves a second thought."""
    return Finding(name, Severity.WARNING, seen, about)


def unseen(name: str, seen: str, about: str = "") -> Finding:
    """Return something that could not be looked at."""
    return Finding(name, Severity.UNSEEN, seen, about)


def fine(name: str, seen: str, about: str = "") -> Finding:
    """Return something that is as it should be."""
    return Finding(name, Severity.FINE, seen, about)
