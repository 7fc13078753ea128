"""Keys of `[[providers]]` tables that no flag has: they make sense among several providers only."""

from sidegate.config.options.option import Kind, Option, section

SEVERAL = section(
    "Several providers",
    Option(
        "id",
        Kind.TEXT,
        "",
        "What addresses, sessions, logs and rules call the provider: small letters, digits and "
        "dashes, 32 at most. Empty: the kind of provider. A session is over when the id of its "
        "provider changes.",
        field=None,
        own=True,
    ),
    Option(
        "for-email-domains",
        Kind.LIST,
        (),
        "Whoever names an address of these domains on the sign-in page is sent to this provider; "
        ".example.com means the domain and all below it. It says nothing about who may pass.",
        own=True,
    ),
    Option(
        "callback-without-id",
        Kind.BOOL,
        default=False,
        help="The provider sends people back to /oauth2/callback, as the only provider of a gate "
        "does, rather than to /oauth2/callback/ID. One table may say so.",
        own=True,
    ),
)
