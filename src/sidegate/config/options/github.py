"""Options of GitHub."""

from sidegate.config.options.option import Kind, Option, section

GITHUB = section(
    "GitHub",
    Option(
        "github-org",
        Kind.TEXT,
        "",
        "Organization whose members may pass.",
        note="In any case of letters, as at GitHub itself. Asked again at each renewal.",
    ),
    Option(
        "github-team",
        Kind.TEXT,
        "",
        "Teams, of which one has to be the person's: short names (slugs) of teams of github_org, "
        "or organization:team, separated by commas.",
        note="In any case of letters, as at GitHub itself. Asked again at each renewal.",
    ),
    Option(
        "github-repo",
        Kind.TEXT,
        "",
        "Repository (owner/name) to which a person has to be able to push; where it is private, "
        "reading it is enough.",
        note="Holds besides github_org and github_team; oauth2-proxy drops it then.",
    ),
    Option(
        "github-token",
        Kind.TEXT,
        "",
        "Token of somebody who may list the collaborators of github_repo: they may pass then, "
        "whatever the person's own token shows. Better given as a file.",
        secret=True,
    ),
    Option(
        "github-token-file",
        Kind.TEXT,
        "",
        "File that holds that token.",
        field="github_token",
        own=True,
    ),
    Option(
        "github-user",
        Kind.LIST,
        (),
        "Logins that pass whatever organization, team and repository say. Without those, nobody "
        "else passes. A login can be given up and come to somebody else.",
        plural="github_users",
    ),
    Option(
        "github-user-claim",
        Kind.TEXT,
        "id",
        "What the application is told as the user: id, the number of the account, or login.",
        choices=("id", "login"),
        own=True,
        note="oauth2-proxy tells the login. Here it is the preferred username.",
        risk="a login can be given up and be registered by somebody else",
    ),
)
