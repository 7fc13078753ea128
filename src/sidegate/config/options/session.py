"""Options of the cookies and of where sessions live."""

from sidegate.config.options.option import Kind, Option, section

SAMESITE = ("", "lax", "strict", "none")

COOKIE = section(
    "Cookie",
    Option("cookie-name", Kind.TEXT, "_oauth2_proxy", "Name of the session cookie."),
    Option(
        "cookie-secret",
        Kind.TEXT,
        "",
        "The key that seals sessions: 32 bytes as base64, hex or raw. Make one with "
        "`sidegate secret`. Better given as a file.",
        secret=True,
        field="cookie_secrets",
        note="Secrets of 16 and 24 bytes are refused.",
    ),
    Option(
        "cookie-secret-file",
        Kind.TEXT,
        "",
        "File that holds the cookie secret, or several, one a line: the first seals, all open, so "
        "that a secret can be replaced and nobody is signed out. Empty lines and lines that begin "
        "with # are skipped. A change is noticed without a restart.",
        note="One final newline is cut off. Giving value and file together is a mistake. "
        "oauth2-proxy knows one secret, and reads it at the start.",
    ),
    Option(
        "cookie-secret-grace",
        Kind.DURATION,
        120.0,
        "How long a new first secret of the file only opens before it seals, so that all replicas "
        "know it by then. Kubernetes takes up to a minute and a half to show a changed Secret.",
        own=True,
    ),
    Option(
        "cookie-domain",
        Kind.LIST,
        (),
        "Domains for which cookies are set; the longest one that fits the host is used. "
        "Empty: only the host itself.",
        plural="cookie_domains",
    ),
    Option("cookie-path", Kind.TEXT, "/", "Path for which cookies are set."),
    Option(
        "cookie-expire",
        Kind.DURATION,
        604800.0,
        "How long a session lasts. 0 makes it end with the browser.",
        risk="sessions have no age limit",
        weak=(0.0,),
    ),
    Option(
        "cookie-refresh",
        Kind.DURATION,
        3600.0,
        "Renew a session that is older than this, and when its access token runs out. "
        "0: only when the access token runs out, and each hour where the provider gives no "
        "refresh token but can be asked again (GitHub, OAuth 2.0).",
        note="1h instead of never, so that people who left are noticed.",
        risk="a person removed at the provider stays signed in until the access token ends",
        weak=(0.0,),
    ),
    Option(
        "cookie-secure",
        Kind.BOOL,
        default=True,
        help="Send cookies over HTTPS only.",
        risk="cookies travel over plain HTTP too",
    ),
    Option(
        "cookie-httponly",
        Kind.BOOL,
        default=True,
        help="Hide cookies from scripts.",
        risk="scripts of the page can read the session cookie",
    ),
    Option(
        "cookie-samesite",
        Kind.TEXT,
        "lax",
        "SameSite attribute of the session cookie. Empty: no attribute.",
        choices=SAMESITE,
        note="lax instead of none at all.",
        risk="other sites can send requests with the session cookie",
        weak=("", "none"),
    ),
    Option(
        "cookie-csrf-per-request",
        Kind.BOOL,
        default=True,
        help="One sign-in cookie per attempt, so that two tabs do not disturb each other.",
        field=None,
        note="Always on; false is a mistake. oauth2-proxy: off by default.",
    ),
    Option(
        "cookie-csrf-per-request-limit",
        Kind.INT,
        10,
        "Sign-in cookies kept at most; the oldest are dropped.",
        note="10 instead of no limit; 0 is a mistake.",
    ),
    Option("cookie-csrf-expire", Kind.DURATION, 900.0, "How long one attempt to sign in may take."),
    Option(
        "cookie-csrf-samesite",
        Kind.TEXT,
        "",
        "SameSite attribute of the sign-in cookie. Empty: as cookie_samesite.",
        choices=SAMESITE,
        risk="another site can finish a sign-in in this browser",
        weak=("none",),
    ),
)

SESSION = section(
    "Session store",
    Option(
        "session-store-type",
        Kind.TEXT,
        "cookie",
        "Where sessions live: cookie, in the browser, or redis, where they can be ended at once.",
        choices=("cookie", "redis"),
    ),
    Option(
        "session-cookie-minimal",
        Kind.BOOL,
        default=False,
        help="Keep no tokens in sessions, so that they are not renewed at the provider.",
        note="Without it a session keeps only the tokens that some option uses.",
    ),
    Option(
        "session-idle-timeout",
        Kind.DURATION,
        0.0,
        "End a session that was not used for so long, or for a tenth longer at most; no session "
        "lasts longer than cookie_expire. 0: unused ones live as long as used ones.",
        own=True,
    ),
)
