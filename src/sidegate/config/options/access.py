"""Options of who may pass, and how a sign-in begins."""

from sidegate.config.options.option import Kind, Option, Status, section

ACCESS = section(
    "Who may pass",
    Option(
        "email-domain",
        Kind.LIST,
        (),
        "Email domains that may pass: example.com, .example.com or *.example.com for "
        'subdomains, "*" for everybody. This, authenticated_emails_file or htpasswd_file is '
        "required.",
        plural="email_domains",
    ),
    Option(
        "authenticated-emails-file",
        Kind.TEXT,
        "",
        "File of email addresses that may pass, one a line.",
    ),
    Option(
        "allowed-group",
        Kind.LIST,
        (),
        "Groups of which a person must have one. Empty: no group is needed.",
        plural="allowed_groups",
    ),
    Option(
        "skip-auth-route",
        Kind.LIST,
        (),
        "Paths that need nobody signed in: METHOD=REGEX, METHOD!=REGEX, REGEX or !=REGEX "
        "(RE2, searched in the path).",
        plural="skip_auth_routes",
        note="An ambiguous path (dot segments, //, encoded slashes, ...) never matches.",
    ),
    Option(
        "skip-auth-regex",
        Kind.LIST,
        (),
        "Old form of skip_auth_routes, for every method.",
        status=Status.DEPRECATED,
        replaced_by="skip_auth_routes",
        field="skip_auth_routes",
    ),
    Option(
        "skip-auth-preflight",
        Kind.BOOL,
        default=False,
        help="Let every OPTIONS request pass.",
        risk="every OPTIONS request reaches the application, signed in or not",
    ),
    Option(
        "cors-allowed-origin",
        Kind.LIST,
        (),
        "Origins (https://spa.example.com) whose pages may send calls here and read the 401 that "
        "they get while nobody is signed in.",
        plural="cors_allowed_origins",
        own=True,
        note="Safer than skip_auth_preflight. What the application itself answers it has to allow "
        "itself.",
    ),
    Option(
        "cors-preflight",
        Kind.TEXT,
        "gate",
        "Who answers the preflights of these origins: the gate, with yes, so that nothing reaches "
        "the application before somebody is signed in; or the application.",
        choices=("gate", "application"),
        own=True,
    ),
    Option(
        "trusted-ip",
        Kind.LIST,
        (),
        "Client addresses or CIDR ranges that pass without a session.",
        plural="trusted_ips",
    ),
    Option(
        "csrf-protect-upstream",
        Kind.BOOL,
        default=False,
        help="Refuse requests that another site had the browser of somebody signed in send, but "
        "for GET, HEAD, OPTIONS and TRACE.",
        own=True,
        note="Sec-Fetch-Site and Origin tell. Sibling hosts may send them when they are in "
        "whitelist_domains. Whoever sends no session cookie is not concerned.",
    ),
    Option(
        "csrf-exempt-route",
        Kind.LIST,
        (),
        "Paths that other sites may send requests to, written as in skip_auth_routes.",
        plural="csrf_exempt_routes",
        own=True,
        risk="other sites can send requests to these paths in the name of who is signed in",
    ),
    Option(
        "api-route",
        Kind.LIST,
        (),
        "Paths (RE2) whose clients get 401 and JSON instead of a sign-in page.",
        plural="api_routes",
    ),
    Option(
        "force-json-errors",
        Kind.BOOL,
        default=False,
        help="Answer 401 and 403 with JSON on every path.",
    ),
    Option(
        "htpasswd-file",
        Kind.TEXT,
        "",
        "File of users who may sign in with a password: USER:HASH a line, the hash bcrypt, "
        "argon2id or {SHA}. A changed file is taken over within a second.",
        note="argon2id is ours, and so is that a user whose line went or changed is signed out. "
        "A password of more than 72 bytes never fits a bcrypt hash, which would not see its end.",
    ),
    Option(
        "htpasswd-user-group",
        Kind.LIST,
        (),
        "Groups of the users of htpasswd_file.",
        plural="htpasswd_user_groups",
    ),
    Option(
        "htpasswd-limit-per-user",
        Kind.INT,
        10,
        "How many passwords for one user may be wrong before the next one has to wait.",
        own=True,
    ),
    Option(
        "htpasswd-limit-per-address",
        Kind.INT,
        20,
        "How many passwords from one client address (of IPv6, its /64) may be wrong before the "
        "next one has to wait.",
        own=True,
    ),
    Option(
        "htpasswd-limit-period",
        Kind.DURATION,
        600.0,
        "How long it takes until all wrong passwords are forgotten; one after the other, evenly.",
        own=True,
    ),
)

LOGIN = section(
    "Sign-in",
    Option(
        "whitelist-domain",
        Kind.LIST,
        (),
        "Hosts to which a person may return after signing in or out: HOST, .HOST or *.HOST "
        "with subdomains, each with :PORT or :* for any port.",
        plural="whitelist_domains",
    ),
    Option(
        "skip-provider-button",
        Kind.BOOL,
        default=False,
        help="Send people straight to the provider, without the sign-in page.",
    ),
)
