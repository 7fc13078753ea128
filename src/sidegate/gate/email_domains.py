"""Whether an email address is in a domain.

Rule 1: letters fold in ASCII and in nothing else.
Rule 2: an address with more or less than one `@` belongs to no domain.
"""

from collections.abc import Iterable

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
        _, _, domain = email.partition("@")
        if not domain or "@" in domain:
            return False
        if domain in self._exact:
            return True
        # `.example.com` must not admit `a@.example.com`: something has to stand before the dot.
        return any(domain.endswith(p) and len(domain) > len(p) for p in self._parents)
