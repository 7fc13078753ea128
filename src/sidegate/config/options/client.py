"""Options of client authentication: how the gate proves to the provider who it is."""

from sidegate.config.options.option import Kind, Option, section

SIGNING_ALGS = ("RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA")
"""With what an assertion may be signed; which of them, the kind of key says."""

CLIENT = section(
    "Client authentication",
    Option(
        "token-endpoint-auth-method",
        Kind.TEXT,
        "",
        "How the gate proves to the provider who it is: client_secret_basic, client_secret_post, "
        "or private_key_jwt, a signed assertion (jwt_key_file, client_assertion_file). Empty: by "
        "what is given, and with a secret as the provider says.",
        choices=("", "client_secret_basic", "client_secret_post", "private_key_jwt"),
        own=True,
    ),
    Option(
        "jwt-key",
        Kind.TEXT,
        "",
        "Private key (PEM) that signs assertions. Better given as a file.",
        secret=True,
    ),
    Option(
        "jwt-key-file",
        Kind.TEXT,
        "",
        "File with the private key (PEM: RSA, P-256, P-384, P-521 or Ed25519) that signs "
        "assertions, in place of a client secret. A certificate beside it in the file is named in "
        "them (x5t#S256). `sidegate config jwks` prints the public key for the provider.",
        field="jwt_key",
        note="For every provider; oauth2-proxy has it for login.gov only.",
    ),
    Option(
        "jwt-key-id",
        Kind.TEXT,
        "",
        "Key id (kid) of that key at the provider. Empty: its thumbprint (RFC 7638).",
        own=True,
    ),
    Option(
        "token-endpoint-auth-signing-alg",
        Kind.TEXT,
        "",
        "Signature algorithm of assertions: " + ", ".join(SIGNING_ALGS) + ". Empty: one that fits "
        "the key and that the provider announces.",
        choices=("", *SIGNING_ALGS),
        own=True,
    ),
    Option(
        "client-assertion-file",
        Kind.TEXT,
        "",
        "File with an assertion that somebody else signs and renews (a workload identity, such as "
        "a service account token of Kubernetes), in place of a client secret. Read at each use.",
        own=True,
    ),
    Option(
        "client-assertion-audience",
        Kind.TEXT,
        "",
        "Audience of assertions that the gate signs. Empty: the issuer; with entra-id and azure, "
        "the token endpoint.",
        own=True,
    ),
)
