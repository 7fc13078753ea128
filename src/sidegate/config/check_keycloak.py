"""Checks of what only Keycloak has: roles, which are groups with a name before them."""

from sidegate.config.findings import Findings
from sidegate.config.values import Values

KIND = "keycloak-oidc"
ROLE = "role:"


def check_roles(values: Values, findings: Findings) -> dict[str, object]:
    """Return the groups that may pass, allowed roles among them."""
    roles = values.items_of("allowed_roles")
    if roles and values.text("provider") != KIND:
        findings.refuse(
            values.place("allowed_roles"),
            "only Keycloak tells roles",
            f"Write --provider={KIND}, or use --allowed-group.",
        )
    groups = (*values.items_of("allowed_groups"), *(f"{ROLE}{role}" for role in roles))
    return {"allowed_groups": tuple(dict.fromkeys(groups))}
