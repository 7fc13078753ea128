"""Options of providers that are not built yet."""

from sidegate.config.options.option import Kind, Option, Status, section

OTHER = section(
    "Other providers",
    Option("bitbucket-team", Kind.TEXT, "", "Bitbucket team that may pass.", status=Status.PLANNED),
    Option(
        "bitbucket-repository",
        Kind.TEXT,
        "",
        "Bitbucket repository whose readers may pass.",
        status=Status.PLANNED,
    ),
    Option("pubjwk-url", Kind.TEXT, "", "Public key address for login.gov.", status=Status.PLANNED),
)
