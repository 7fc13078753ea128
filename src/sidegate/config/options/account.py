"""Options of the page on which somebody sees what is held about them."""

from sidegate.config.options.option import Kind, Option, section

ACCOUNT = section(
    "Account page",
    Option(
        "account-page",
        Kind.BOOL,
        default=True,
        help="Let whoever is signed in see what is held about them at PROXY_PREFIX/account: to "
        "download it, to end their sessions, and to ask for erasure.",
        own=True,
    ),
    Option(
        "erasure-link",
        Kind.TEXT,
        "",
        "Where the account page sends who wants to be erased: an https or mailto address.",
        own=True,
    ),
    Option(
        "erasure-request-url",
        Kind.TEXT,
        "",
        "Where the gate posts that somebody wants to be erased, signed as Standard Webhooks say; "
        "see docs/privacy.md. Only a 2xx answer counts as taken.",
        own=True,
    ),
    Option(
        "erasure-request-secret",
        Kind.TEXT,
        "",
        "Secret that signs what is posted there, 24 characters or more (whsec_... is read as "
        "base64).",
        secret=True,
        own=True,
    ),
    Option(
        "erasure-request-secret-file",
        Kind.TEXT,
        "",
        "File with that secret.",
        own=True,
        field=None,
    ),
)
