"""What the configuration got wrong, collected so that all of it is told at once."""

from collections.abc import Iterable


class Malformed(ValueError):
    """A value cannot be read. `what` never quotes it, for it may be a secret."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class Findings:
    """Mistakes, which stop the start, and warnings, which are said at every start."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []
        self.warnings: list[str] = []
        self.file_is_unread = False

    def refuse(self, place: str, what: str, remedy: str) -> None:
        """Note a mistake: where it is, what is wrong, and how to mend it."""
        text = f"{place}: {what}\n  {remedy}"
        if text not in self.mistakes:
            self.mistakes.append(text)

    def warn(self, place: str, what: str) -> None:
        """Note something that works and deserves a second thought."""
        text = f"{place}: {what}"
        if text not in self.warnings:
            self.warnings.append(text)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that was probably meant, or None."""
    from difflib import get_close_matches  # noqa: PLC0415 - only mistakes need it

    return next(iter(get_close_matches(name, list(names), n=1, cutoff=0.7)), None)


def suggestion(name: str, names: Iterable[str], otherwise: str) -> str:
    """Return "Did you mean X?", or `otherwise` where nothing is near."""
    near = nearest(name, names)
    return f"Did you mean {near}?" if near else otherwise
