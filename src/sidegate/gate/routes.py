"""Which paths need nobody, and which are for programs.

Rule 1: patterns that open are matched on the path that is forwarded, decoded once, never on the
query. Those of APIs open nothing, and see the query too, as with oauth2-proxy.
Rule 2: an ambiguous path (`http1.target`) matches nothing that opens.
Rule 3: a negated pattern speaks of the application's paths; the gate's own it never opens.
Rule 4: patterns of operators run on RE2: linear time, Go's syntax. It is imported only when there
is a pattern (2.8 MB), and answers are remembered, for a search costs 18 us.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from sidegate.http1.target import decoded, is_ambiguous

_BOUND = 4096
_LONGEST_PATH = 512
_ROUTE = re.compile(r"([A-Za-z]+)?(!?=)(.*)", re.DOTALL)


class Pattern(Protocol):
    """A compiled pattern."""

    def search(self, text: str, /) -> object | None:
        """Return something when the pattern is found in `text`, else None."""


Compile = Callable[[str], Pattern]


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of `skip_auth_routes`: `METHOD=regex`, `METHOD!=regex`, `regex`, `!=regex`."""

    method: bytes  # empty for any
    pattern: Pattern
    negated: bool = False

    def matches(self, method: bytes, path: str) -> bool:
        """Say whether the route opens this method and decoded path."""
        if self.method and self.method != method:
            return False
        return (self.pattern.search(path) is not None) is not self.negated


def parse_route(text: str, compile_pattern: Compile) -> Route:
    """Return the route that an option's text means.

    Only letters may stand for a method, so a plain regex with `=` in it is read as a regex.
    """
    match = _ROUTE.fullmatch(text)
    if match is None:
        return Route(b"", compile_pattern(text))
    method, operator, pattern = match.groups()
    return Route((method or "").upper().encode("ascii"), compile_pattern(pattern), operator == "!=")


def re2_compile(pattern: str) -> Pattern:
    """Compile with RE2. Raises ValueError for what RE2 does not accept."""
    import re2  # noqa: PLC0415 - 2.8 MB that most gates never need, see rule 4

    options = re2.Options()
    options.log_errors = False  # the caller reports them, with the option they came from
    try:
        compiled: Pattern = re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(str(error)) from None
    return compiled


class Routes:
    """Answers, per method and path, whether nobody need be signed in and whether it is an API.

    `prefix`: of the gate's own paths. Forward-auth asks about its own endpoint when no trusted
    proxy named a path, and must not get a yes that was meant for everything else.
    """

    def __init__(
        self,
        skip_auth_routes: Iterable[str],
        api_routes: Iterable[str],
        *,
        skip_auth_preflight: bool = False,
        prefix: str = "/oauth2",
        compile_pattern: Compile = re2_compile,
    ) -> None:
        self._open = [parse_route(text, compile_pattern) for text in skip_auth_routes]
        self._api = [compile_pattern(text) for text in api_routes]
        self._preflight = skip_auth_preflight
        self.open_anything = bool(self._open) or skip_auth_preflight  # that `is_public` can say yes
        self._own = prefix + "/"
        self._known_open: dict[tuple[bytes, bytes], bool] = {}

    def is_public(self, method: bytes, path: bytes) -> bool:
        """Say whether this raw path needs nobody to be signed in."""
        if self._preflight and method == b"OPTIONS":
            return True
        if not self._open:
            return False
        key = (method, path)
        known = self._known_open.get(key)
        if known is None:
            known = not is_ambiguous(path) and self._matches_open(method, decoded(path))
            if len(path) <= _LONGEST_PATH:
                if len(self._known_open) >= _BOUND:
                    self._known_open.clear()
                self._known_open[key] = known
        return known

    def is_api(self, target: bytes) -> bool:
        """Say whether a client of this raw target is a program: 401 instead of a page."""
        if not self._api:
            return False
        path, mark, query = target.partition(b"?")
        if is_ambiguous(path):
            return False
        text = decoded(path) + (mark + query).decode("latin-1")
        return any(pattern.search(text) is not None for pattern in self._api)

    def _matches_open(self, method: bytes, path: str) -> bool:
        is_own = path.startswith(self._own)
        return any(
            route.matches(method, path) for route in self._open if not (is_own and route.negated)
        )
