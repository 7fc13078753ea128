"""Who may pass, by what the provider said of them.

Rule 1: text is compared exactly, addresses as in `gate.email_domains`.
Rule 2: a rule that fails has a name, for the log.
Rule 3: the options are the outer fence, which everybody has to pass, at the sign-in and with each
        request; `[[rules]]` (`gate.rule_list`) are asked behind it, with each request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sidegate.core.identity import Identity
from sidegate.gate.email_domains import EmailDomains, fold_email

if TYPE_CHECKING:  # imported only where there are such rules
    from sidegate.gate.rule_list import RuleList


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
    `policy`: all of them as of now, another object after each change; for comparing only.
    """

    def __init__(
        self,
        email_domains: Iterable[str] = (),
        emails: Iterable[str] = (),
        allowed_groups: Iterable[str] = (),
        ordered: RuleList | None = None,
    ) -> None:
        self.policy = Policy(
            EmailDomains(email_domains),
            frozenset(map(fold_email, emails)),
            frozenset(group for group in allowed_groups if group),
            ordered,
        )

    def take_over(self, other: Rules) -> None:
        """Be what `other` is, from the next request on and as a whole."""
        self.policy = other.policy

    def take_emails(self, emails: Iterable[str]) -> None:
        """Admit these addresses from now on, in place of those of before."""
        self.policy = replace(self.policy, emails=frozenset(map(fold_email, emails)))

    @property
    def emails(self) -> frozenset[str]:
        """The addresses that may pass, folded."""
        return self.policy.emails

    @property
    def need_email(self) -> bool:
        """Say whether somebody without an address is refused."""
        return not self.policy.domains.admits_all

    @property
    def ordered(self) -> RuleList | None:
        """The list of `[[rules]]`, or None where there are none."""
        return self.policy.ordered

    def refusal(self, identity: Identity, *, is_listed: bool = False) -> str | None:
        """Return the name of the first option that refuses this person, or None.

        `is_listed`: they stand in `htpasswd_file`, which lets them pass and knows no email.
        """
        policy = self.policy
        if not (policy.domains.admits_all or is_listed):
            email = fold_email(identity.email)
            if not (policy.domains.admits(email) or (email and email in policy.emails)):
                return "email"
        if policy.groups and policy.groups.isdisjoint(identity.groups):
            return "allowed_groups"
        return None
