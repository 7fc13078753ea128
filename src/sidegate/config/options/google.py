"""Options of Google."""

from sidegate.config.options.option import Kind, Option, Status, section

GOOGLE = section(
    "Google",
    Option(
        "google-group",
        Kind.LIST,
        (),
        "Google groups.",
        plural="google_groups",
        status=Status.PLANNED,
    ),
    Option(
        "google-admin-email",
        Kind.TEXT,
        "",
        "Google administrator to impersonate.",
        status=Status.PLANNED,
    ),
    Option(
        "google-service-account-json",
        Kind.TEXT,
        "",
        "Google service account file.",
        status=Status.PLANNED,
    ),
    Option(
        "google-use-application-default-credentials",
        Kind.BOOL,
        default=False,
        help="Use the default credentials of the Google Cloud machine.",
        status=Status.PLANNED,
    ),
    Option(
        "google-target-principal",
        Kind.TEXT,
        "",
        "Google service account to impersonate.",
        status=Status.PLANNED,
    ),
    Option(
        "google-use-organization-id",
        Kind.BOOL,
        default=False,
        help="Preferred username from the Google organization id.",
        status=Status.PLANNED,
    ),
    Option(
        "google-admin-api-user-scope",
        Kind.TEXT,
        "",
        "Scope for the Google directory.",
        status=Status.PLANNED,
    ),
)
