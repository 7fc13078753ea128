"""Checks of a provider of plain OAuth 2.0."""

from sidegate.config.findings import Findings
from sidegate.config.values import Values

ADDRESSES = {
    "login_url": "Give the authorization endpoint of the provider.",
    "redeem_url": "Give the token endpoint of the provider.",
    "profile_url": "Give the address that tells whom an access token is about.",
}
CLAIMS = (
    "oauth2_user_claim",
    "oauth2_email_claim",
    "oauth2_groups_claim",
    "oauth2_preferred_username_claim",
)


def check_oauth2(values: Values, findings: Findings) -> None:
    """Require the addresses and the names of claims; nothing is discovered."""
    for key, remedy in ADDRESSES.items():
        if values.is_missing(key):
            findings.refuse(values.place(key), "required with --provider=oauth2", remedy)
    for key in CLAIMS:
        if values.is_missing(key):
            findings.refuse(values.place(key), "is empty", "Name a claim, or remove it.")
    warn_of_minimal(values, findings)


def warn_of_minimal(values: Values, findings: Findings) -> None:
    """Warn that a session without tokens outlives a membership: the provider is not asked again."""
    if values.is_on("session_cookie_minimal"):
        findings.warn(
            values.place("session_cookie_minimal"),
            "keeps no token to ask the provider with: who leaves stays signed in for cookie_expire",
        )
