"""Whom the options of GitHub keep out: `github_org`, `github_team`, `github_repo`, `github_users`.

Names are compared in ASCII small letters: GitHub knows no two that differ in case alone.
"""

from dataclasses import dataclass

from sidegate.config.settings import ProviderSettings
from sidegate.gate.email_domains import fold_email as fold


@dataclass(frozen=True, slots=True)
class Restrictions:
    """All of them have to hold, one team of several is enough. Texts are folded.

    `teams`: as `organization:team`. `users`: whom no other restriction keeps out; where there is
    none, they are all that get in.
    """

    organization: str = ""
    teams: frozenset[str] = frozenset()
    repository: str = ""
    users: frozenset[str] = frozenset()

    def names(self, login: str) -> bool:
        """Say whether `github_users` names this person."""
        return fold(login) in self.users

    def settles(self, name: str) -> bool:
        """Say whether an organization or team is one that was asked for: one is enough."""
        return fold(name) in {self.organization, *self.teams} - {""}

    def refusal(self, login: str, groups: list[str]) -> str | None:
        """Return the option that keeps somebody out, or None. The repository is not judged here."""
        if self.names(login):
            return None
        found = {fold(group) for group in groups}
        if self.teams:
            return "github_team" if self.teams.isdisjoint(found) else None
        if self.organization:
            return None if self.organization in found else "github_org"
        return "github_user" if self.users and not self.repository else None


def restrictions_of(settings: ProviderSettings) -> Restrictions:
    """Return the restrictions that are configured; a team without organization is of ours."""
    organization = fold(settings.github_org)
    entries = [entry.strip() for entry in fold(settings.github_team).split(",")]
    return Restrictions(
        organization=organization,
        teams=frozenset(
            entry if ":" in entry else f"{organization}:{entry}" for entry in entries if entry
        ),
        repository=settings.github_repo,
        users=frozenset(fold(user) for user in settings.github_users if user),
    )
