"""Options of OpenID Connect: discovery, claims, signatures, bearer tokens."""

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
    Option(
        "skip-jwt-bearer-tokens",
        Kind.BOOL,
        default=False,
        help="Accept a JWT in the Authorization field as a session.",
        status=Status.PLANNED,
    ),
    Option(
        "bearer-token-login-fallback",
        Kind.BOOL,
        default=True,
        help="Let people sign in when their bearer token is not accepted.",
        status=Status.PLANNED,
    ),
    Option(
        "extra-jwt-issuers",
        Kind.LIST,
        (),
        "More issuers of bearer tokens, as ISSUER=AUDIENCE.",
        also=("extra_jwt_issuer",),
        status=Status.PLANNED,
    ),
)
