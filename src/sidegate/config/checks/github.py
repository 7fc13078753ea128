"""Checks of the provider GitHub, of an Enterprise Server, and of what speaks GitHub's API."""

import re
from urllib.parse import urlsplit

from sidegate.config.checks.oauth2 import warn_of_minimal
from sidegate.config.findings import Findings
from sidegate.config.key_material import ReadFile, find_secret, without_line_end
from sidegate.config.values import Values
from sidegate.core.secret import Secret

REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
NAME = re.compile(r"[A-Za-z0-9_.-]+")
GITHUB_HOSTS = ("github.com", "api.github.com")


def check_github(values: Values, findings: Findings) -> None:
    """Check the addresses, and that each restriction means something."""
    check_site(values, findings)
    check_teams(values, findings)
    organization, repository = values.text("github_org"), values.text("github_repo")
    if organization and not NAME.fullmatch(organization):
        findings.refuse(
            values.place("github_org"),
            f'"{organization}" is no name of an organization',
            "Write one name, as in the address of its page.",
        )
    if repository and not REPOSITORY.fullmatch(repository):
        findings.refuse(
            values.place("github_repo"), f'"{repository}" is no repository', "Write OWNER/NAME."
        )
    for key in ("github_token", "github_token_file"):
        if values.text(key) and not repository:
            findings.warn(values.place(key), "does nothing without github_repo")
    warn_of_minimal(values, findings)


def check_site(values: Values, findings: Findings) -> None:
    """Refuse a site of which only a part is named: tokens would go to github.com, or codes."""
    if values.text("login_url"):
        return
    for key in ("redeem_url", "validate_url"):
        url = values.text(key)
        if url and urlsplit(url).hostname not in GITHUB_HOSTS:
            findings.refuse(
                values.place(key),
                "is on another site than github.com, where people would be sent to sign in",
                "Give --login-url=https://HOST/login/oauth/authorize as well.",
            )


def check_teams(values: Values, findings: Findings) -> None:
    """Each team belongs to an organization: the one that is given, or the one it names."""
    place, ours = values.place("github_team"), values.text("github_org")
    for entry in filter(None, map(str.strip, values.text("github_team").split(","))):
        organization, colon, team = entry.rpartition(":")
        if not NAME.fullmatch(team) or (colon and not NAME.fullmatch(organization)):
            findings.refuse(place, f'"{entry}" is no team', "Write ORGANIZATION:TEAM.")
        elif not colon and not ours:
            findings.refuse(
                place,
                f'nobody knows whose team "{entry}" is',
                f"Write ORGANIZATION:{team}, or give --github-org.",
            )
        elif colon and ours and organization.lower() != ours.lower():
            findings.refuse(
                place,
                f'"{entry}" is no team of github_org',
                "Remove --github-org: each team with its organization says enough.",
            )


def resolve_github_token(values: Values, findings: Findings, read_file: ReadFile) -> Secret[str]:
    """Return the token that lists collaborators, empty where there is none."""
    if values.is_missing("github_token") and values.is_missing("github_token_file"):
        return Secret("")
    place, content = find_secret(values, "github_token", findings, read_file) or ("", b"")
    text = without_line_end(content).decode("utf-8", "replace")
    if not text.isascii() or not text.isprintable():
        findings.refuse(place, "is no token: it has characters that none has", "Copy it anew.")
    return Secret(text)
