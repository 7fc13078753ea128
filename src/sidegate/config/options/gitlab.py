"""Options of GitLab."""

from sidegate.config.options.option import Kind, Option, Status, section

GITLAB = section(
    "GitLab",
    Option(
        "gitlab-group",
        Kind.LIST,
        (),
        "GitLab groups.",
        plural="gitlab_groups",
        status=Status.PLANNED,
    ),
    Option(
        "gitlab-project",
        Kind.LIST,
        (),
        "GitLab projects, with an access level.",
        plural="gitlab_projects",
        status=Status.PLANNED,
    ),
)
