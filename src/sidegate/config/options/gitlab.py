"""Options of GitLab."""

from sidegate.config.options.option import Kind, Option, section

GITLAB = section(
    "GitLab",
    Option(
        "gitlab-group",
        Kind.LIST,
        (),
        "GitLab groups of which a person must be in one, as full paths: company/team. Members of "
        "a group are in those above it too. A project of gitlab_projects will do as well.",
        plural="gitlab_groups",
    ),
    Option(
        "gitlab-project",
        Kind.LIST,
        (),
        "GitLab projects in which a person must work, as path or path=LEVEL, where LEVEL is 10 "
        "(guest), 20 (reporter, also when none is given), 30 (developer), 40 (maintainer) or 50 "
        "(owner). They are looked up again at each refresh.",
        plural="gitlab_projects",
        note="15 (planner) and 50 are taken too. oauth2-proxy does not look again.",
    ),
)
