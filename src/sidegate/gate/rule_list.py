"""`[[rules]]`: the first one that is for a request says who may make it.

Rule 1: the request chooses the rule, the person never does: whom the chosen rule does not let pass
        is refused, whatever stands below.
Rule 2: what no rule is for is refused.
Rule 3: a rule that may be meant and is not certain to be (`gate.paths`) can refuse and never opens:
        when it would let the person pass, the next one is asked as well.
Rule 4: rules in shadow do not count. What the list would say if they did is told beside it.

Nothing here changes after it was made, so that a whole list can take the place of another.
"""

from __future__ import annotations

from collections.abc import Iterable

from sidegate.config.rule_settings import RuleSettings
from sidegate.core.identity import Session
from sidegate.core.messages import Asked
from sidegate.gate.paths import Fit
from sidegate.gate.people import provider_of
from sidegate.gate.routes import Compile, re2_compile
from sidegate.gate.rule import Rule

NO_RULE = "no_rule"
"""What the log calls it when no rule is for a request; no rule may have this name."""

# Bounds of what is remembered, for clients choose paths.
_BOUND = 4096
_LONGEST_PATH = 512

Steps = tuple[tuple[Rule, ...], bool]
"""The rules to ask, in order, and whether the last one is certain to be meant."""


class RuleList:
    """The rules in their order. Which are for a request is remembered, whom they mean never is."""

    def __init__(
        self, rules: Iterable[RuleSettings], compile_pattern: Compile = re2_compile
    ) -> None:
        self.rules = tuple(Rule(rule, compile_pattern) for rule in rules)
        self._counting = Ordered(rule for rule in self.rules if not rule.shadow)
        self.watches = any(rule.shadow for rule in self.rules)
        self._watched = Ordered(self.rules)

    def refusal(self, session: Session, asked: Asked) -> str | None:
        """Return the name of the rule that refuses, NO_RULE where none is for it, or None."""
        if not self._counting.rules:
            return None  # all are in shadow: as if there were none
        return self._counting.refusal(session, asked)

    def would_refuse(self, session: Session, asked: Asked) -> str | None:
        """Return the same as if the rules in shadow counted."""
        return self._watched.refusal(session, asked)

    def steps(self, provider: str, asked: Asked, *, watched: bool = False) -> Steps:
        """Return the rules that are asked about a request, for whoever explains."""
        return (self._watched if watched else self._counting).steps(provider, asked)


class Ordered:
    """Some of the rules, in order."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._known: dict[tuple[str, Asked], Steps] = {}

    def refusal(self, session: Session, asked: Asked) -> str | None:
        """Return the name of the first rule that refuses, NO_RULE, or None."""
        key = (session.provider, asked)
        steps = self._known.get(key)
        if steps is None:
            steps = self.steps(provider_of(session), asked)
            if len(asked.path) <= _LONGEST_PATH:
                if len(self._known) >= _BOUND:
                    self._known.clear()
                self._known[key] = steps
        rules, is_certain = steps
        for rule in rules:
            if not rule.admits(session):
                return rule.name
        return None if is_certain else NO_RULE

    def steps(self, provider: str, asked: Asked) -> Steps:
        """Return the rules that are for a request, up to the first one that is certain to be."""
        found: list[Rule] = []
        for rule in self.rules:
            if rule.misfit(asked, provider):
                continue
            found.append(rule)
            if rule.paths.fit(asked.path) is Fit.YES:
                return tuple(found), True
        return tuple(found), False
