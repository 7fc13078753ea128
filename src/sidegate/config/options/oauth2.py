"""Options of any other provider of OAuth 2.0: where its document about a person says what."""

from sidegate.config.options.option import Kind, Option, section

OAUTH2 = section(
    "OAuth 2.0 without OpenID Connect",
    Option(
        "oauth2-user-claim",
        Kind.TEXT,
        "sub",
        "Where the profile has what never changes about a person, such as id: a name, or a dotted "
        "path. Text or a number. Never a name or an address, which may come to somebody else.",
        own=True,
    ),
    Option(
        "oauth2-email-claim",
        Kind.TEXT,
        "email",
        "Where the profile has the email address. One that is called email counts as verified "
        "unless email_verified beside it says otherwise.",
        own=True,
    ),
    Option(
        "oauth2-groups-claim",
        Kind.TEXT,
        "groups",
        "Where the profile has the groups, one text or a list of texts.",
        own=True,
    ),
    Option(
        "oauth2-preferred-username-claim",
        Kind.TEXT,
        "preferred_username",
        "Where the profile has the name that the person goes by.",
        own=True,
    ),
)
