"""Options of the applications behind the gate and of the headers they get."""

from sidegate.config.options.option import Kind, Option, Status, section

UPSTREAM = section(
    "Upstream",
    Option(
        "upstream",
        Kind.LIST,
        (),
        "Application to protect: http://HOST:PORT[/PATH], https://..., "
        "unix:///SOCKET[:/PATH] or static://STATUS. The path is the route: with a final slash "
        "everything below it, else exactly it.",
        plural="upstreams",
        note="file:// is known, but not built yet. The request path goes upstream byte for byte.",
    ),
    Option(
        "upstream-timeout",
        Kind.DURATION,
        30.0,
        "How long the application may take until its response head is there.",
    ),
    Option(
        "pass-host-header",
        Kind.BOOL,
        default=True,
        help="Give the application the Host that the client sent.",
    ),
    Option("proxy-websockets", Kind.BOOL, default=True, help="Let WebSockets pass."),
    Option(
        "websocket-check-origin",
        Kind.BOOL,
        default=True,
        help="Let a WebSocket pass only with an Origin of the same host or of whitelist_domains.",
        own=True,
        note="oauth2-proxy does not look at the Origin.",
        risk="other sites can open WebSockets with the session of the person",
    ),
    Option(
        "ssl-upstream-insecure-skip-verify",
        Kind.BOOL,
        default=False,
        help="Do not verify the certificate of https:// upstreams.",
        risk="anybody on the network can pose as the application",
    ),
    Option(
        "disable-keep-alives",
        Kind.BOOL,
        default=False,
        help="Use each upstream connection once.",
    ),
    Option(
        "flush-interval",
        Kind.DURATION,
        1.0,
        "How long an answer may be held back.",
        field=None,
        note="Accepted without effect: answers are streamed at once.",
    ),
)

HEADERS = section(
    "Headers",
    Option(
        "pass-user-headers",
        Kind.BOOL,
        default=True,
        help="Tell the application who it is: X-Forwarded-User, -Email, -Groups and "
        "-Preferred-Username, and the same as X-Auth-Request-*.",
        note="Both families go upstream. Off only when pass_basic_auth is off too.",
    ),
    Option(
        "pass-basic-auth",
        Kind.BOOL,
        default=True,
        help="The same as pass_user_headers; either turns it on.",
        field="pass_user_headers",
    ),
    Option(
        "prefer-email-to-user",
        Kind.BOOL,
        default=False,
        help="Put the email into the user field.",
    ),
    Option(
        "pass-access-token",
        Kind.BOOL,
        default=False,
        help="Give the application the access token (X-Forwarded-Access-Token).",
    ),
    Option(
        "pass-authorization-header",
        Kind.BOOL,
        default=False,
        help="Give the application the ID token (Authorization: Bearer).",
    ),
    Option(
        "set-xauthrequest",
        Kind.BOOL,
        default=False,
        help="Add X-Auth-Request-* to responses, for nginx auth_request.",
    ),
    Option(
        "set-authorization-header",
        Kind.BOOL,
        default=False,
        help="Add the ID token to responses (Authorization: Bearer).",
    ),
    Option(
        "claim-header",
        Kind.LIST,
        (),
        "Claims to tell the application, as FIELD=CLAIM: X-Department=department. The claim may be "
        "a dotted path. With set_xauthrequest they are in responses too.",
        plural="claim_headers",
        own=True,
        note="Whatever a client sends under such a name is removed. Several texts are separated by "
        "commas, and a comma in one is written %2C.",
    ),
    Option(
        "pass-identity-token",
        Kind.BOOL,
        default=False,
        help="Give the application a short-lived token that the gate signs (X-Auth-Request-Jwt, "
        "ES256), so that it can verify who it is rather than trust. Keys: PREFIX/jwks.",
        own=True,
        note="In the answers of PREFIX/auth too. The keys follow from cookie_secret and change "
        "each day; replicas with one secret sign with the same.",
    ),
    Option(
        "identity-token-issuer",
        Kind.TEXT,
        "",
        "The issuer in identity tokens (iss), a URL. Empty: redirect_url without the callback.",
        own=True,
    ),
    Option(
        "identity-token-audience",
        Kind.TEXT,
        "",
        "The application for which identity tokens are (aud), such as https://app.example.com. "
        "{host} stands for the host that was asked for, where one gate has many applications.",
        own=True,
    ),
    Option(
        "identity-token-lifetime",
        Kind.DURATION,
        120.0,
        "How long an identity token is valid, from 30 seconds to an hour.",
        own=True,
    ),
    Option(
        "skip-auth-strip-headers",
        Kind.BOOL,
        default=True,
        help="Remove identity headers that a client sends, on every path.",
        field=None,
        note="Always on; false is a mistake, because the application could be lied to.",
    ),
    Option(
        "set-basic-auth",
        Kind.BOOL,
        default=False,
        help="Add the user as Authorization: Basic to responses.",
        status=Status.PLANNED,
    ),
    Option(
        "basic-auth-password",
        Kind.TEXT,
        "",
        "Password for Authorization: Basic towards the application.",
        secret=True,
        status=Status.PLANNED,
    ),
    Option(
        "signature-key",
        Kind.TEXT,
        "",
        "Key for GAP-Signature, as HASH:KEY.",
        secret=True,
        status=Status.PLANNED,
        note="Deprecated by oauth2-proxy.",
    ),
)
