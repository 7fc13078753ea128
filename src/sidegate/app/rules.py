"""The rules of the configuration, and what is told of what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sidegate.app.observation import Observation
from sidegate.config.emails_file import parse_emails
from sidegate.config.settings import AccessSettings, Settings
from sidegate.core.decision import Allow, Deny
from sidegate.core.messages import Asked, Exchange
from sidegate.core.ports import Clock
from sidegate.gate.routes import Routes
from sidegate.gate.rules import Rules
from sidegate.stores.refresh import Recent

SHADOW_SECONDS: Final = 60.0
"""How long a rule in shadow says nothing more about the same person."""


def rules_of(access: AccessSettings) -> Rules:
    """Return the rules, compiled. Raises OSError or Malformed when the file of emails is gone."""
    emails: frozenset[str] = frozenset()
    if access.authenticated_emails_file:
        emails = parse_emails(Path(access.authenticated_emails_file).read_text("utf-8"))
    ordered = None
    if access.rules:
        from sidegate.gate.rule_list import RuleList

        ordered = RuleList(access.rules)
    return Rules(access.email_domains, emails, access.allowed_groups, ordered)


def routes_of(settings: Settings) -> Routes:
    """Return which paths need nobody, compiled."""
    access = settings.access
    return Routes(
        access.skip_auth_routes,
        access.api_routes,
        skip_auth_preflight=access.skip_auth_preflight,
        prefix=settings.server.proxy_prefix,
    )


class Rulings:
    """Tells the auth log whom a rule refused and, now and then, whom one in shadow would have.

    `spared`: the route that no single rule closes, so that none is said to have (`app.account`).
    """

    def __init__(self, observation: Observation, clock: Clock, spared: str = "") -> None:
        self._observation = observation
        self._spared = spared
        self._clock = clock
        self._told: Recent[tuple[str, str], None] = Recent(SHADOW_SECONDS)

    def __call__(self, exchange: Exchange, asked: Asked, decision: Allow | Deny) -> None:
        """Take note (`frontends.admit.OnRuling`)."""
        is_everywhere = isinstance(decision, Deny) and decision.everywhere
        if self._spared and exchange.route == self._spared and not is_everywhere:
            return
        metrics = self._observation.metrics
        if isinstance(decision, Deny):
            metrics.refused(decision.rule, in_shadow=False)
            self._observation.ruled("access_refused", exchange, asked, decision.rule)
            return
        key = (decision.would_refuse or "", exchange.user)
        metrics.refused(key[0], in_shadow=True)
        now = self._clock()
        if self._told.get(key, now) is None:
            self._told.put(key, None, now)
            self._observation.ruled("access_would_be_refused", exchange, asked, key[0])
