"""One of `[[rules]]`, compiled: which requests it is for, and whom it lets pass."""

from __future__ import annotations

from collections.abc import Iterable

from sidegate.config.rule_settings import RuleSettings
from sidegate.core.identity import Session
from sidegate.core.messages import Asked
from sidegate.gate.paths import Fit, Paths
from sidegate.gate.people import People
from sidegate.gate.routes import Compile, re2_compile


class Hosts:
    """The hosts of one rule; none at all: every host. `*.example.com` is what is below it."""

    def __init__(self, names: Iterable[str]) -> None:
        folded = [name.lower() for name in names]
        self._exact = frozenset(name for name in folded if not name.startswith("*."))
        self._parents = tuple(name[1:] for name in folded if name.startswith("*."))
        self.are_all = not folded

    def include(self, host: str) -> bool:
        """Say whether a plain host is one of them."""
        if self.are_all or host in self._exact:
            return True
        return any(host.endswith(p) and len(host) > len(p) for p in self._parents)


def plain_host(authority: str) -> str:
    """Return the host of an authority as the DNS compares it: no port, no final dot, no capital."""
    if authority.startswith("["):
        return authority.partition("]")[0].lower() + "]"
    return authority.partition(":")[0].rstrip(".").lower()


class Rule:
    """A rule. `name` is for the log; `shadow`: it does not count, it is only watched."""

    __slots__ = ("_methods", "_providers", "allowed", "denied", "hosts", "name", "paths", "shadow")

    def __init__(self, settings: RuleSettings, compile_pattern: Compile = re2_compile) -> None:
        self.name = settings.name
        self.shadow = settings.shadow
        self.hosts = Hosts(settings.hosts)
        self.paths = Paths(
            settings.paths,
            settings.exact_paths,
            settings.path_patterns,
            compile_pattern=compile_pattern,
        )
        methods = {method.upper().encode("ascii") for method in settings.methods}
        # What answers a GET answers a HEAD, and tells as much.
        self._methods = methods | ({b"HEAD"} if b"GET" in methods else set())
        self._providers = frozenset(settings.providers)
        self.allowed = tuple(map(People, settings.allow))
        self.denied = tuple(map(People, settings.deny))

    def __repr__(self) -> str:
        return f"<Rule {self.name}>"

    def misfit(self, asked: Asked, provider: str) -> str:
        """Return what makes it no rule for this request: host, method, provider, path, or ""."""
        if not self.hosts.include(plain_host(asked.host)):
            return "host"
        if self._methods and asked.method.upper() not in self._methods:
            return "method"
        if self._providers and provider not in self._providers:
            return "provider"
        return "path" if self.paths.fit(asked.path) is Fit.NO else ""

    def admits(self, session: Session) -> bool:
        """Say whether it lets this person pass: allowed, and not denied."""
        return any(people.include(session) for people in self.allowed) and not any(
            people.include(session) for people in self.denied
        )
