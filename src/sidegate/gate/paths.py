"""Which paths a rule means. The answer is yes, no, or "it may be meant".

Rule 1: the path that is judged is the one that is forwarded, decoded once, without its query.
Rule 2: a path that two programs may read differently may be meant by every rule that names paths:
        an ambiguous one (`http1.target`), one in other capitals, one with or without a final slash
        where an exact path was named. What may be meant can be refused and is never opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from sidegate.gate.routes import Compile, re2_compile
from sidegate.http1.target import decoded, is_ambiguous


class Fit(Enum):
    """Whether a rule is for a request."""

    NO = 0
    MAY = 1  # the path can be read in several ways, and is meant in one of them
    YES = 2


class Paths:
    """The paths of one rule. `below`: these and what is below them; none at all: every path."""

    def __init__(
        self,
        below: Iterable[str] = (),
        exact: Iterable[str] = (),
        patterns: Iterable[str] = (),
        *,
        compile_pattern: Compile = re2_compile,
    ) -> None:
        self._below = tuple(path.rstrip("/") for path in below)
        self._exact = frozenset(exact)
        self._patterns = [compile_pattern(pattern) for pattern in patterns]
        self._folded_below = tuple(path.casefold() for path in self._below)
        self._folded_exact = frozenset(_folded(path) for path in self._exact)
        self._folded_patterns = [compile_pattern("(?i)" + pattern) for pattern in patterns]
        names_any = self._below or self._exact or self._patterns
        self.are_all = not names_any or "" in self._below

    def fit(self, path: bytes) -> Fit:
        """Say whether this raw path is meant."""
        if self.are_all:
            return Fit.YES
        if is_ambiguous(path):
            return Fit.MAY
        text = decoded(path)
        if (
            text in self._exact
            or _is_below(text, self._below)
            or any(pattern.search(text) is not None for pattern in self._patterns)
        ):
            return Fit.YES
        return Fit.MAY if self._may_be_meant(text) else Fit.NO

    def _may_be_meant(self, text: str) -> bool:
        return (
            _folded(text) in self._folded_exact
            or _is_below(text.casefold(), self._folded_below)
            or any(pattern.search(text) is not None for pattern in self._folded_patterns)
        )


def _is_below(path: str, roots: tuple[str, ...]) -> bool:
    """Say whether a path is one of the roots or in a folder of that name."""
    return any(
        path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/") for root in roots
    )


def _folded(path: str) -> str:
    return path.casefold().rstrip("/")
