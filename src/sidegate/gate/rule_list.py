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
_MOST_SESSIONS = 1024
_UNKNOWN = ""


class Steps:
    """The rules to ask about a request, in order; `is_certain`: the last one is meant for certain.

    What they say of a session is remembered: neither they nor it ever change.
    """

    __slots__ = ("_said", "is_certain", "rules")

    def __init__(self, rules: tuple[Rule, ...], *, is_certain: bool) -> None:
        self.rules = rules
        self.is_certain = is_certain
        self._said: dict[Session, str | None] = {}

    def refusal(self, session: Session) -> str | None:
        """Return the name of the first rule that refuses, NO_RULE, or None."""
        said = self._said.get(session, _UNKNOWN)
        if said == _UNKNOWN:
            said = self._judge(session)
            if len(self._said) >= _MOST_SESSIONS:
                self._said.clear()
            self._said[session] = said
        return said

    def _judge(self, session: Session) -> str | None:
        for rule in self.rules:
            if not rule.admits(session):
                return rule.name
        return None if self.is_certain else NO_RULE


class RuleList:
    """The rules in their order. What is remembered of requests and people is bounded."""

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

    def steps(self, provider: str, asked: Asked) -> Steps:
        """Return the rules that count and are asked about a request, for whoever explains."""
        return self._counting.steps(provider, asked)


class Ordered:
    """Some of the rules, in order."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._known: dict[tuple[str, Asked], Steps] = {}
        self._alike: dict[tuple[tuple[Rule, ...], bool], Steps] = {}

    def refusal(self, session: Session, asked: Asked) -> str | None:
        """Return the name of the first rule that refuses, NO_RULE, or None."""
        key = (session.provider, asked)
        steps = self._known.get(key)
        if steps is None:
            steps = self.steps(provider_of(session), asked)
            if len(asked.path) <= _LONGEST_PATH:
                if len(self._known) >= _BOUND:
                    self._known.clear()
                    self._alike.clear()
                # Requests for the same rules share what is known of people.
                steps = self._alike.setdefault((steps.rules, steps.is_certain), steps)
                self._known[key] = steps
        return steps.refusal(session)

    def steps(self, provider: str, asked: Asked) -> Steps:
        """Return the rules that are for a request, up to the first one that is certain to be."""
        found: list[Rule] = []
        for rule in self.rules:
            if rule.misfit(asked, provider):
                continue
            found.append(rule)
            if rule.paths.fit(asked.path) is Fit.YES:
                return Steps(tuple(found), is_certain=True)
        return Steps(tuple(found), is_certain=False)
