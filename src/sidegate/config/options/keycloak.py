"""Options of Keycloak."""

from sidegate.config.options.option import Kind, Option, Status, section

KEYCLOAK = section(
    "Keycloak",
    Option(
        "keycloak-group",
        Kind.LIST,
        (),
        "Groups of the old Keycloak provider.",
        plural="keycloak_groups",
        status=Status.PLANNED,
    ),
    Option(
        "allowed-role",
        Kind.LIST,
        (),
        "Keycloak roles that may pass.",
        plural="allowed_roles",
        status=Status.PLANNED,
    ),
)
