"""Options of Keycloak."""

from sidegate.config.options.option import Kind, Option, Status, section

KEYCLOAK = section(
    "Keycloak",
    Option(
        "keycloak-group",
        Kind.LIST,
        (),
        "Groups of the old provider keycloak.",
        plural="keycloak_groups",
        status=Status.PLANNED,
    ),
    Option(
        "allowed-role",
        Kind.LIST,
        (),
        "Roles of Keycloak that may pass, besides allowed_groups: a role of the realm by its name, "
        "one of a client as CLIENT:ROLE.",
        plural="allowed_roles",
        field="allowed_groups",
        note="With keycloak-oidc only; with another provider it is a mistake.",
    ),
)
