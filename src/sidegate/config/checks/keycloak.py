"""What only Keycloak has: roles, which are groups with a name before them."""

from sidegate.config.values import Values

ROLE = "role:"


def groups_with_roles(values: Values) -> dict[str, object]:
    """Return the groups that may pass, allowed roles among them, each once."""
    roles = (f"{ROLE}{role}" for role in values.items_of("allowed_roles"))
    return {"allowed_groups": tuple(dict.fromkeys((*values.items_of("allowed_groups"), *roles)))}
