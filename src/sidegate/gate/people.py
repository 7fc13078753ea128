"""Whom a rule means. A description is a list of conditions, and all of them have to be true.

Rule 1: text is compared exactly; only an email folds, as in `gate.rules`.
Rule 2: what a session does not say is never true: no groups, no claim, no email.
Rule 3: each condition can say what it asks for, so that explaining and judging are one thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sidegate.config.rule_settings import PeopleSettings
from sidegate.core.identity import Session
from sidegate.gate.email_domains import EmailDomains, fold_email

BY_PASSWORD = "htpasswd"  # noqa: S105 - the name of a provider
"""What rules call the provider of whoever signed in with a password of `htpasswd_file`."""

ROLE = "role:"
"""How a group begins that is a role at the provider, as with oauth2-proxy's Keycloak."""


def provider_of(session: Session) -> str:
    """Return the provider of a session as rules call it."""
    return BY_PASSWORD if session.is_by_password else session.provider


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that has to be true. `words` complete "whoever has ..."."""

    words: str
    holds: Callable[[Session], bool]


class People:
    """A description of whom a rule means, compiled: every condition has to be true."""

    __slots__ = ("_tests", "conditions")

    def __init__(self, settings: PeopleSettings) -> None:
        self.conditions = tuple(_conditions(settings))
        self._tests = tuple(condition.holds for condition in self.conditions)

    def include(self, session: Session) -> bool:
        """Say whether whoever has this session is meant."""
        for holds in self._tests:  # noqa: SIM110 - a third of the time of all()
            if not holds(session):
                return False
        return True


def _conditions(who: PeopleSettings) -> Iterator[Condition]:
    if who.users:
        yield _user(frozenset(who.users))
    if who.emails:
        yield _email(frozenset(map(fold_email, who.emails)))
    if who.email_domains:
        yield _email_domain(who.email_domains)
    for name, groups in (("group", who.groups), ("role", [ROLE + role for role in who.roles])):
        if groups:
            yield _group(name, frozenset(groups))
    if who.all_groups:
        yield _all_groups(frozenset(who.all_groups))
    if who.providers:
        yield _provider(frozenset(who.providers))
    for name, texts in who.claims:
        yield _claim(name, frozenset(texts))


def _user(users: frozenset[str]) -> Condition:
    return Condition(
        f"one of the users {_listed(users)}", lambda session: session.identity.user in users
    )


def _email(emails: frozenset[str]) -> Condition:
    return Condition(
        f"one of the emails {_listed(emails)}",
        lambda session: fold_email(session.identity.email) in emails,
    )


def _email_domain(names: Iterable[str]) -> Condition:
    domains = EmailDomains(names)
    return Condition(
        f"an email in one of the domains {_listed(names)}",
        lambda session: domains.admits(fold_email(session.identity.email)),
    )


def _group(name: str, groups: frozenset[str]) -> Condition:
    shown = (group.removeprefix(ROLE) if name == "role" else group for group in groups)
    return Condition(
        f"one of the {name}s {_listed(shown)}",
        lambda session: not groups.isdisjoint(session.identity.groups),
    )


def _all_groups(groups: frozenset[str]) -> Condition:
    return Condition(
        f"all of the groups {_listed(groups)}",
        lambda session: groups.issubset(session.identity.groups),
    )


def _provider(names: frozenset[str]) -> Condition:
    return Condition(
        f"signed in by one of the providers {_listed(names)}",
        lambda session: provider_of(session) in names,
    )


def _claim(name: str, texts: frozenset[str]) -> Condition:
    return Condition(
        f"one of {_listed(texts)} in the claim {name}",
        lambda session: not texts.isdisjoint(session.identity.claims.get(name, ())),
    )


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(sorted(texts))
