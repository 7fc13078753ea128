"""Options of Microsoft Entra ID."""

from sidegate.config.options.option import Kind, Option, section

ENTRA = section(
    "Microsoft Entra ID",
    Option(
        "azure-tenant",
        Kind.TEXT,
        "common",
        "Tenant (id or domain) whose issuer is used where oidc_issuer_url is not given. common is "
        "every organization and every personal account, with azure only.",
        field=None,
        note="With entra-id too, where it has to be given.",
    ),
    Option(
        "azure-graph-group-field",
        Kind.TEXT,
        "",
        "What a group is called: id, as in the token, or displayName, for which Microsoft Graph is "
        "asked at each sign-in and refresh. Empty: id.",
        choices=("", "id", "displayName"),
        note="By name only security groups count. With entra-id too.",
        risk="names are not unique: whoever may create security groups can give one any name",
        weak=("displayName",),
    ),
    Option(
        "entra-id-allowed-tenant",
        Kind.LIST,
        (),
        "Ids of the tenants that may sign in, where the issuer is that of many.",
        plural="entra_id_allowed_tenants",
        note="With azure too.",
    ),
    Option(
        "entra-id-federated-token-auth",
        Kind.BOOL,
        default=False,
        help="Prove with a workload identity who the gate is, in place of a client secret: the "
        "file that AZURE_FEDERATED_TOKEN_FILE names, read at each use.",
        field=None,
        note="client_id and azure_tenant may come from AZURE_CLIENT_ID and AZURE_TENANT_ID then.",
    ),
)
