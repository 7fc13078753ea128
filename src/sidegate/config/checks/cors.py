"""Checks of the origins whose pages may call."""

import re

from sidegate.config.addresses import is_host, is_loopback
from sidegate.config.findings import Findings
from sidegate.config.values import Values

ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[^:\[\]/@?#\s*]+)(?::[0-9]{1,5})?"
)


def resolve_origins(values: Values, findings: Findings) -> tuple[str, ...]:
    """Return the origins as browsers write them: in lower case, without a default port."""
    key = "cors_allowed_origins"
    for origin in values.items_of(key):
        match = ORIGIN.fullmatch(origin.lower())
        if not match or not is_host(match["host"].strip("[]")):
            findings.refuse(
                values.place(key),
                f'"{origin}" is no origin',
                "Write https://HOST or https://HOST:PORT, each by its full name, without a path.",
            )
        elif match["scheme"] == "http" and not is_loopback(match["host"].strip("[]")):
            findings.refuse(
                values.place(key),
                f'"{origin}" is plain http, so anybody on its way could write such a page',
                "Write https://; http:// is for loopback hosts.",
            )
    if values.text("cors_preflight") == "application" and not values.items_of(key):
        findings.refuse(
            values.place("cors_preflight"),
            "is about the origins of --cors-allowed-origin, and there are none",
            "Name them, or remove it.",
        )
    return tuple(
        origin.lower().removesuffix(":443" if origin.lower().startswith("https") else ":80")
        for origin in values.items_of(key)
    )
