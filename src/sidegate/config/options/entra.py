"""Options of Microsoft Entra ID."""

from sidegate.config.options.option import Kind, Option, Status, section

ENTRA = section(
    "Microsoft Entra ID",
    Option("azure-tenant", Kind.TEXT, "common", "Azure tenant.", status=Status.PLANNED),
    Option(
        "azure-graph-group-field",
        Kind.TEXT,
        "",
        "Group field read from Microsoft Graph: id or displayName.",
        status=Status.PLANNED,
    ),
    Option(
        "entra-id-allowed-tenant",
        Kind.LIST,
        (),
        "Entra ID tenants that may pass.",
        plural="entra_id_allowed_tenants",
        status=Status.PLANNED,
    ),
    Option(
        "entra-id-federated-token-auth",
        Kind.BOOL,
        default=False,
        help="Authenticate with a federated workload token instead of a client secret.",
        status=Status.PLANNED,
    ),
)
