"""Options of GitHub."""

from sidegate.config.options.option import Kind, Option, Status, section

GITHUB = section(
    "GitHub",
    Option("github-org", Kind.TEXT, "", "GitHub organization.", status=Status.PLANNED),
    Option("github-team", Kind.TEXT, "", "GitHub teams.", status=Status.PLANNED),
    Option(
        "github-repo",
        Kind.TEXT,
        "",
        "GitHub repository whose collaborators may pass.",
        status=Status.PLANNED,
    ),
    Option(
        "github-token",
        Kind.TEXT,
        "",
        "Token to look up collaborators.",
        secret=True,
        status=Status.PLANNED,
    ),
    Option(
        "github-user",
        Kind.LIST,
        (),
        "GitHub users that always pass.",
        plural="github_users",
        status=Status.PLANNED,
    ),
)
