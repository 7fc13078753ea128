"""Options of Google."""

from sidegate.config.options.option import Kind, Option, section

GOOGLE = section(
    "Google",
    Option(
        "google-hosted-domain",
        Kind.LIST,
        (),
        "Google Workspace domains whose accounts may sign in, by the claim hd: unlike the email "
        "address it is nothing that a personal account can have.",
        plural="google_hosted_domains",
        own=True,
    ),
    Option(
        "google-group",
        Kind.LIST,
        (),
        "Addresses of Google groups of which a person must be in one, also through other groups. "
        "Needs google_admin_email with google_service_account_json or "
        "google_use_application_default_credentials.",
        plural="google_groups",
        note="Asked again at each refresh.",
    ),
    Option(
        "google-admin-email",
        Kind.TEXT,
        "",
        "Administrator in whose name the directory is asked.",
    ),
    Option(
        "google-service-account-json",
        Kind.TEXT,
        "",
        "File with the key of a service account that may ask the directory (domain-wide "
        "delegation).",
        field="google_service_account",
    ),
    Option(
        "google-use-application-default-credentials",
        Kind.BOOL,
        default=False,
        help="Ask the directory without a key file: the account of the Google Cloud machine signs "
        "for google_target_principal.",
        note="Only the machine's own account is looked for, not GOOGLE_APPLICATION_CREDENTIALS: "
        "name such a file by google_service_account_json.",
    ),
    Option(
        "google-target-principal",
        Kind.TEXT,
        "",
        "Address of the service account that may ask the directory. Empty: the machine's own.",
    ),
    Option(
        "google-use-organization-id",
        Kind.BOOL,
        default=False,
        help="Take the id that the organization gave a person as preferred username.",
    ),
    Option(
        "google-admin-api-user-scope",
        Kind.TEXT,
        "",
        "Scope in which the directory is asked for google_use_organization_id: readonly, user or "
        "cloud. Empty: readonly.",
        choices=("", "readonly", "user", "cloud"),
    ),
)
