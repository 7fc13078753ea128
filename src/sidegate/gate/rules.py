"""Who may pass, by what the provider said of them.

Rule 1: text is compared exactly; an email's letters fold in ASCII and in nothing else.
Rule 2: an address with more or less than one `@` belongs to no domain.
Rule 3: a rule that fails has a name, for the log.
"""

from __future__ import annotations

from collections.abc import Iterable

from sidegate.core.identity import Identity

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


class Rules:
    """The rules of the options; `refusal` is asked for each request."""

    def __init__(
        self,
        email_domains: Iterable[str] = (),
        emails: Iterable[str] = (),
        allowed_groups: Iterable[str] = (),
    ) -> None:
        self._domains = EmailDomains(email_domains)
        self.take_emails(emails)
        self._groups = frozenset(group for group in allowed_groups if group)

    def take_emails(self, emails: Iterable[str]) -> None:
        """Admit these addresses from now on, in place of those of before."""
        self._emails = frozenset(map(fold_email, emails))

    @property
    def need_email(self) -> bool:
        """Say whether somebody without an address is refused."""
        return not self._domains.admits_all

    def refusal(self, identity: Identity, *, is_listed: bool = False) -> str | None:
        """Return the name of the first rule that refuses this person, or None.

        `is_listed`: they stand in `htpasswd_file`, which lets them pass and knows no email.
        """
        if not (self._domains.admits_all or is_listed):
            email = fold_email(identity.email)
            if not (self._domains.admits(email) or (email and email in self._emails)):
                return "email"
        if self._groups and self._groups.isdisjoint(identity.groups):
            return "allowed_groups"
        return None
