"""Who may pass, by what the provider said of them.

Rule 1: text is compared exactly; an email's letters fold in ASCII and in nothing else.
Rule 2: an address with more or less than one `@` belongs to no domain.
Rule 3: a rule that fails has a name, for the log.
Rule 4: the options are the outer fence, which everybody has to pass, at the sign-in and with each
        request; `[[rules]]` (`gate.rule_list`) are asked behind it, with each request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sidegate.core.identity import Identity

if TYPE_CHECKING:  # imported only where there are such rules
    from sidegate.gate.rule_list import RuleList

_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def fold_email(email: str) -> str:
    """Return the address with ASCII capitals folded: `str.lower` would turn KELVIN SIGN into k."""
    return email.lower() if email.isascii() else email.translate(_LOWER)


class EmailDomains:
    """The option `email_domains`.

    `example.com` is exact, `.example.com` and `*.example.com` are strict sub-domains, `*` is all.
    """

    def __init__(self, domains: Iterable[str]) -> None:
        folded = [fold_email(domain) for domain in domains]
        self.admits_all = "*" in folded
        self._exact = frozenset(d for d in folded if not d.startswith((".", "*")))
        self._parents = tuple(d.removeprefix("*") for d in folded if d.startswith((".", "*.")))

    def admits(self, email: str) -> bool:
        """Say whether a folded address is in one of the domains.

        Only the domain is judged. What is no address was refused at the sign-in (`oidc.claims`).
        """
        if self.admits_all:
            return True
        _, at, domain = email.partition("@")
        if not at or not domain or "@" in domain:
            return False
        if domain in self._exact:
            return True
        # `.example.com` must not admit `a@.example.com`: something has to stand before the dot.
        return any(domain.endswith(p) and len(domain) > len(p) for p in self._parents)


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that is configured about who may pass, as one value."""

    domains: EmailDomains
    emails: frozenset[str]
    groups: frozenset[str]
    ordered: RuleList | None


class Rules:
    """The rules of the options, and the list of `[[rules]]`; asked for each request.

    This is the one place that holds them: whoever asks has this object and keeps nothing of it.
    """

    def __init__(
        self,
        email_domains: Iterable[str] = (),
        emails: Iterable[str] = (),
        allowed_groups: Iterable[str] = (),
        ordered: RuleList | None = None,
    ) -> None:
        self._policy = Policy(
            EmailDomains(email_domains),
            frozenset(map(fold_email, emails)),
            frozenset(group for group in allowed_groups if group),
            ordered,
        )

    def take_over(self, other: Rules) -> None:
        """Be what `other` is, from the next request on and as a whole."""
        self._policy = other._policy

    def take_emails(self, emails: Iterable[str]) -> None:
        """Admit these addresses from now on, in place of those of before."""
        self._policy = replace(self._policy, emails=frozenset(map(fold_email, emails)))

    @property
    def emails(self) -> frozenset[str]:
        """The addresses that may pass, folded."""
        return self._policy.emails

    @property
    def need_email(self) -> bool:
        """Say whether somebody without an address is refused."""
        return not self._policy.domains.admits_all

    @property
    def ordered(self) -> RuleList | None:
        """The list of `[[rules]]`, or None where there are none."""
        return self._policy.ordered

    def refusal(self, identity: Identity, *, is_listed: bool = False) -> str | None:
        """Return the name of the first option that refuses this person, or None.

        `is_listed`: they stand in `htpasswd_file`, which lets them pass and knows no email.
        """
        policy = self._policy
        if not (policy.domains.admits_all or is_listed):
            email = fold_email(identity.email)
            if not (policy.domains.admits(email) or (email and email in policy.emails)):
                return "email"
        if policy.groups and policy.groups.isdisjoint(identity.groups):
            return "allowed_groups"
        return None
