"""Options of the identity provider, common to all kinds of provider."""

from sidegate.config.options.option import Kind, Option, Status, section

BUILT_PROVIDERS = (
    "oidc",
    "google",
    "entra-id",
    "azure",
    "adfs",
    "keycloak-oidc",
    "gitlab",
    "github",
    "oauth2",
)

OTHER_PROVIDERS = (
    "bitbucket",
    "cidaas",
    "digitalocean",
    "facebook",
    "keycloak",
    "linkedin",
    "login.gov",
    "nextcloud",
    "sourcehut",
)

PROVIDER = section(
    "Identity provider",
    Option(
        "provider",
        Kind.TEXT,
        "oidc",
        f"Kind of identity provider: {', '.join(BUILT_PROVIDERS)}. oidc is any provider that "
        "speaks OpenID Connect. Not given, and no address of a provider either: google.",
        note="oidc instead of google where an issuer is given. Not built yet: "
        f"{', '.join(OTHER_PROVIDERS)}.",
    ),
    Option(
        "provider-display-name",
        Kind.TEXT,
        "",
        "Name of the provider on the sign-in button.",
    ),
    Option("client-id", Kind.TEXT, "", "The client id registered at the provider. Required."),
    Option(
        "client-secret",
        Kind.TEXT,
        "",
        "The client secret. Better given as a file.",
        secret=True,
    ),
    Option(
        "client-secret-file",
        Kind.TEXT,
        "",
        "File that holds the client secret. A change is noticed without a restart.",
        note="One final newline is cut off. Giving value and file together is a mistake.",
    ),
    Option(
        "provider-ca-file",
        Kind.LIST,
        (),
        "CA files (PEM) for calls to the provider. Empty: those of the system.",
        plural="provider_ca_files",
    ),
    Option(
        "use-system-trust-store",
        Kind.BOOL,
        default=False,
        help="Trust the CAs of the system besides provider_ca_files.",
    ),
    Option(
        "ssl-insecure-skip-verify",
        Kind.BOOL,
        default=False,
        help="Do not verify the certificate of the provider.",
        risk="anybody on the network can pose as the identity provider",
    ),
    Option("login-url", Kind.TEXT, "", "Authorization endpoint. Empty: as discovered."),
    Option("redeem-url", Kind.TEXT, "", "Token endpoint. Empty: as discovered."),
    Option("profile-url", Kind.TEXT, "", "Userinfo endpoint. Empty: as discovered."),
    Option(
        "skip-claims-from-profile-url",
        Kind.BOOL,
        default=False,
        help="Leave the userinfo endpoint alone: ask it neither for claims that the ID token lacks "
        "nor whether it speaks of the same person.",
    ),
    Option(
        "validate-url",
        Kind.TEXT,
        "",
        "With oauth2: address asked at each renewal whether the access token is still good. With "
        "github: where its API is, such as https://HOST/api/v3.",
    ),
    Option(
        "auth-request-response-mode",
        Kind.TEXT,
        "",
        "How the provider answers: query, or form_post, which keeps the code out of addresses. "
        "Empty: as the provider likes.",
        choices=("", "query", "form_post"),
        note="form_post needs cookie_secure, and its sign-in cookies are SameSite=None: browsers "
        "send no other cookie with a form of another site. Other modes are a mistake.",
    ),
    Option(
        "resource",
        Kind.TEXT,
        "",
        "What the access token is for, at adfs and at the older endpoints of azure, such as "
        "https://graph.microsoft.com.",
        note="Endpoints of today take scopes instead (RESOURCE/.default). With adfs it is a "
        "parameter of its own and no part of the scope.",
    ),
    Option(
        "scope",
        Kind.TEXT,
        "",
        'Scopes to ask for, separated by spaces. Empty: "openid email profile", and "groups" where '
        "a rule needs them and the provider may know that scope.",
    ),
    Option("prompt", Kind.TEXT, "", "The prompt parameter of the sign-in (none, login, ...)."),
    Option(
        "approval-prompt",
        Kind.TEXT,
        "force",
        "With Google, whether people consent at each sign-in (force) or only once (auto). Where "
        "prompt is given, that counts.",
        choices=("force", "auto", ""),
        note="Sent as prompt=consent, and to Google only: providers refuse the old parameter, or "
        "never knew it. Without consent Google gives no refresh token, and nobody is asked again.",
    ),
    Option("acr-values", Kind.TEXT, "", "The acr_values parameter of the sign-in."),
    Option(
        "code-challenge-method",
        Kind.TEXT,
        "S256",
        "PKCE method. Empty turns PKCE off.",
        choices=("S256", ""),
        note="S256 instead of no PKCE. plain is a mistake.",
        risk="a stolen authorization code can be redeemed by somebody else",
    ),
    Option(
        "force-code-challenge-method",
        Kind.TEXT,
        "",
        "Old name of code_challenge_method.",
        status=Status.DEPRECATED,
        replaced_by="code_challenge_method",
        field="code_challenge_method",
    ),
    Option(
        "backend-logout-url",
        Kind.TEXT,
        "",
        "Address to call at sign-out.",
        status=Status.PLANNED,
    ),
)
