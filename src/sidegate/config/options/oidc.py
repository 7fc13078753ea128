"""Options of OpenID Connect: discovery, claims, signatures, and tokens that programs bring."""

from sidegate.config.options.option import Kind, Option, Status, section

SIGNING_ALGS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)

OIDC = section(
    "OpenID Connect",
    Option(
        "oidc-issuer-url",
        Kind.TEXT,
        "",
        "The issuer, exactly as it stands in its ID tokens. Required.",
        note="Discovery happens in the background: the gate starts while the provider is down.",
    ),
    Option(
        "skip-oidc-discovery",
        Kind.BOOL,
        default=False,
        help="Use the given endpoints instead of asking the issuer for them.",
    ),
    Option("oidc-jwks-url", Kind.TEXT, "", "Where the issuer's keys are. Empty: as discovered."),
    Option("oidc-email-claim", Kind.TEXT, "email", "Claim (or dotted path) that holds the email."),
    Option(
        "user-id-claim",
        Kind.TEXT,
        "email",
        "Old name of oidc_email_claim.",
        status=Status.DEPRECATED,
        replaced_by="oidc_email_claim",
        field="oidc_email_claim",
    ),
    Option(
        "oidc-groups-claim", Kind.TEXT, "groups", "Claim (or dotted path) that holds the groups."
    ),
    Option(
        "oidc-audience-claim",
        Kind.LIST,
        ("aud",),
        "Claims that may hold the audience; the first one present is checked.",
        plural="oidc_audience_claims",
    ),
    Option(
        "oidc-extra-audience",
        Kind.LIST,
        (),
        "Audiences that are accepted besides the client id.",
        plural="oidc_extra_audiences",
    ),
    Option(
        "oidc-enabled-signing-alg",
        Kind.LIST,
        (),
        "Signature algorithms that are accepted: " + ", ".join(SIGNING_ALGS) + ". Empty: those "
        "of them that the issuer announces.",
        plural="oidc_enabled_signing_algs",
        choices=SIGNING_ALGS,
    ),
    Option(
        "oidc-public-key-file",
        Kind.LIST,
        (),
        "Public keys (PEM) of the issuer instead of its key address.",
        plural="oidc_public_key_files",
        status=Status.PLANNED,
    ),
    Option(
        "oidc-end-session",
        Kind.BOOL,
        default=False,
        help="At sign-out, sign out at the provider too (its end_session_endpoint).",
        own=True,
    ),
    Option(
        "insecure-oidc-allow-unverified-email",
        Kind.BOOL,
        default=False,
        help="Accept people whose email address the provider did not verify.",
        risk="somebody may sign in with the email address of somebody else",
    ),
    Option(
        "insecure-oidc-skip-issuer-verification",
        Kind.BOOL,
        default=False,
        help="Do not compare the issuer of ID tokens.",
        risk="ID tokens of another issuer are accepted",
    ),
    Option(
        "insecure-oidc-skip-nonce",
        Kind.BOOL,
        default=False,
        help="Send and check no nonce.",
        note="Off by default; oauth2-proxy skips the nonce.",
        risk="a stolen ID token can be played back",
    ),
)

BEARER = section(
    "Bearer tokens of programs",
    Option(
        "skip-jwt-bearer-tokens",
        Kind.BOOL,
        default=False,
        help="Accept a JWT of the issuer in the Authorization field instead of a sign-in.",
        note="Its purpose is judged too: an ID token issued to another client, a logout token or "
        "one bound to a key is refused.",
    ),
    Option(
        "bearer-token-login-fallback",
        Kind.BOOL,
        default=True,
        help="Treat a request whose bearer token is not accepted like one without a token: its "
        "cookies count, people sign in. Off: it is refused with 403, JSON clients with 401.",
    ),
    Option(
        "extra-jwt-issuers",
        Kind.LIST,
        (),
        "More issuers of bearer tokens, as ISSUER=AUDIENCE; several audiences of one issuer are "
        "several entries.",
        also=("extra_jwt_issuer",),
        note="A token is accepted for the audience of its own issuer only; oidc_extra_audiences "
        "is for the provider alone.",
    ),
    Option(
        "bearer-token-introspection",
        Kind.BOOL,
        default=False,
        help="Ask the provider about bearer tokens that are no JWT (RFC 7662); without "
        "skip_jwt_bearer_tokens, about every one.",
        own=True,
    ),
    Option(
        "introspection-url",
        Kind.TEXT,
        "",
        "Where to ask about tokens. Empty: the introspection_endpoint of discovery.",
        own=True,
    ),
    Option(
        "introspection-cache-ttl",
        Kind.DURATION,
        30.0,
        "How long the answer about a token is remembered, the longest that a revoked one still "
        "passes. 0 asks for each request.",
        own=True,
    ),
)
