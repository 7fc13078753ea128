"""Which application serves a path."""

from __future__ import annotations

from collections.abc import Iterable

from sidegate.config.settings import Upstream


class Route:
    """An upstream with what is the same for each of its requests. `label` is for the logs."""

    __slots__ = ("host", "is_entrance", "label", "origin", "path", "static_status")

    def __init__(self, upstream: Upstream, *, is_entrance: bool = False) -> None:
        self.path = upstream.path
        self.is_entrance = is_entrance  # its path without the final slash, which leads there
        self.origin = upstream.origin
        self.static_status = upstream.static_status
        self.label = "static" if upstream.origin is None else str(upstream.origin)
        self.host = self.label.encode("latin-1")


class Routing:
    """Chooses the upstream of a path: an exact path first, then the longest prefix.

    Where nothing serves `/app`, it leads to `/app/`.
    """

    def __init__(self, upstreams: Iterable[Upstream]) -> None:
        by_path = {upstream.path.encode(): upstream for upstream in upstreams}
        prefixes = sorted((p for p in by_path if p.endswith(b"/")), key=len, reverse=True)
        self._prefixes = [(prefix, Route(by_path[prefix])) for prefix in prefixes]
        self._exact = {p: Route(u) for p, u in by_path.items() if not p.endswith(b"/")}
        self._entrances = {p[:-1]: Route(by_path[p], is_entrance=True) for p in prefixes if p[1:]}

    def find(self, path: bytes) -> Route | None:
        """Return the route of a raw path, or None."""
        exact = self._exact.get(path)
        if exact is not None:
            return exact
        for prefix, route in self._prefixes:
            if path.startswith(prefix):
                return route
        return self._entrances.get(path)
