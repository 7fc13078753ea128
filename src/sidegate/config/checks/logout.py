"""Checks of how providers end sessions."""

from sidegate.config.findings import Findings
from sidegate.config.values import Values

ENDPOINTS = ("backchannel_logout", "frontchannel_logout")


def check_logout(values: Values, findings: Findings) -> None:
    """Say how far a sign-out at the provider reaches where nothing is shared."""
    for key in ENDPOINTS:
        if values.is_on(key) and values.text("session_store_type") == "cookie":
            findings.warn(
                values.place(key),
                "sessions are in cookies, so only the process that hears of a sign-out at the "
                "provider knows of it, until it ends; run one replica, or keep sessions in Redis",
            )
