"""Options of the listeners, their limits, forwarded fields, TLS, metrics and the process."""

from sidegate.config.options.option import Kind, Option, Status, section

SERVER = section(
    "Server",
    Option(
        "http-address",
        Kind.TEXT,
        "127.0.0.1:4180",
        "Where to listen for HTTP: [http://]HOST:PORT, unix:///PATH[,mode=0600] or fd:N. "
        'Empty or "-" turns it off.',
        note="With a certificate the HTTP listener is off, as in oauth2-proxy, unless this "
        "option is given; then both listen.",
    ),
    Option(
        "https-address",
        Kind.TEXT,
        ":443",
        "Where to listen for HTTPS. Used only with tls_cert_file and tls_key_file.",
        note="Giving it without a certificate is a mistake; oauth2-proxy ignores it.",
    ),
    Option(
        "reverse-proxy",
        Kind.BOOL,
        default=False,
        help="A proxy stands in front: believe the X-Forwarded-* fields of trusted peers.",
    ),
    Option(
        "trusted-proxy-ip",
        Kind.LIST,
        (),
        "Addresses or CIDR ranges of proxies whose forwarded fields are believed, besides "
        "loopback peers and Unix sockets.",
        plural="trusted_proxy_ips",
        note="An empty list trusts loopback peers only; oauth2-proxy then trusts everybody.",
    ),
    Option(
        "trusted-proxy-header",
        Kind.LIST,
        (),
        "The fields that trusted proxies write or remove in each request. Others like them are "
        "not passed on, and tell nothing about client, host, scheme, path and method.",
        plural="trusted_proxy_headers",
        note="An empty list means all. A proxy that lets a client's X-Forwarded-Host or "
        "X-WebAuth-User through, as Istio's, makes it true then.",
        own=True,
    ),
    Option(
        "real-client-ip-header",
        Kind.TEXT,
        "X-Real-IP",
        "The field in which a trusted proxy names the client.",
        choices=(
            "X-Forwarded-For",
            "X-Real-IP",
            "X-ProxyUser-IP",
            "X-Envoy-External-Address",
            "CF-Connecting-IP",
        ),
        note="Believed from trusted proxies only; oauth2-proxy believes every peer.",
    ),
    Option(
        "force-https",
        Kind.BOOL,
        default=False,
        help="Redirect every plain HTTP request to HTTPS (308).",
    ),
    Option(
        "hsts-max-age",
        Kind.DURATION,
        31536000.0,
        "How long browsers have to come by https only (Strict-Transport-Security), said on every "
        "answer over https unless the application says it itself. 0: never said.",
        own=True,
        note="oauth2-proxy never says it.",
    ),
    Option(
        "redirect-url",
        Kind.TEXT,
        "",
        "The callback address registered at the provider. Empty: computed from the request. "
        "Without a path it gets PREFIX/callback.",
        note="http:// is accepted on loopback hosts only.",
    ),
    Option(
        "relative-redirect-url",
        Kind.BOOL,
        default=False,
        help="Send redirect_url to the provider as it is, even without a host.",
        status=Status.PLANNED,
    ),
    Option(
        "encode-state",
        Kind.BOOL,
        default=False,
        help="Encode the OAuth state as base64url.",
        status=Status.PLANNED,
        note="Our state is a random handle and needs no encoding.",
    ),
    Option(
        "allow-query-semicolons",
        Kind.BOOL,
        default=False,
        help="Read a semicolon in a query as an ampersand.",
        status=Status.PLANNED,
    ),
    Option("proxy-prefix", Kind.TEXT, "/oauth2", "The path under which our own endpoints live."),
    Option("ping-path", Kind.TEXT, "/ping", "The liveness path. Empty turns it off."),
    Option(
        "ping-user-agent",
        Kind.TEXT,
        "",
        "Answer the liveness path only to exactly this User-Agent. Empty: to everybody.",
    ),
    Option(
        "ready-path",
        Kind.TEXT,
        "/ready",
        "The readiness path: 503 while nobody can sign in or while draining. Empty turns it off.",
    ),
    Option(
        "gcp-healthchecks",
        Kind.BOOL,
        default=False,
        help="Answer /liveness_check and /readiness_check to GoogleHC/1.0.",
        status=Status.PLANNED,
        note="Deprecated by oauth2-proxy.",
    ),
    Option(
        "request-id-header",
        Kind.TEXT,
        "X-Request-Id",
        "The field that carries the id of a request: from a trusted proxy, to the application, and "
        "in answers of the gate's own. Without it an id is made up.",
    ),
    Option(
        "drain-delay",
        Kind.DURATION,
        5.0,
        "After SIGTERM: how long the listener stays open while ready_path already says no.",
        own=True,
    ),
    Option(
        "shutdown-timeout",
        Kind.DURATION,
        25.0,
        "After the drain delay: how long requests in flight may take to finish. WebSockets, which "
        "would never finish, end when it begins.",
        own=True,
    ),
    Option(
        "uvloop",
        Kind.BOOL,
        default=True,
        help="Run on uvloop. Turn it off to run on plain asyncio.",
        own=True,
    ),
)

LIMITS = section(
    "Limits",
    Option("limit-request-line", Kind.INT, 16384, "Bytes of a request line at most.", own=True),
    Option("limit-header-bytes", Kind.INT, 65536, "Bytes of a request head at most.", own=True),
    Option("limit-header-fields", Kind.INT, 128, "Fields of a request head at most.", own=True),
    Option(
        "limit-body-bytes",
        Kind.INT,
        0,
        "Bytes of a request body at most (413 beyond). 0: no limit.",
        own=True,
    ),
    Option(
        "limit-pipelined-requests",
        Kind.INT,
        16,
        "Requests that may wait on one connection for the answer to the one before. More are not "
        "read until their turn.",
        own=True,
    ),
    Option(
        "limit-connections",
        Kind.INT,
        16384,
        "Client connections at most, and never more than three quarters of the file descriptors. "
        "When all are taken, those that only wait make way; if none does, a newcomer gets 503. 0: "
        "as many as the file descriptors allow.",
        own=True,
    ),
    Option(
        "limit-connections-per-address",
        Kind.INT,
        1024,
        "Client connections of one address (IPv6: one /64) at most, 503 beyond. Loopback, Unix "
        "sockets and trusted_proxy_ips are not counted: they speak for many. 0: no limit.",
        own=True,
    ),
    Option("header-timeout", Kind.DURATION, 30.0, "How long a request head may take.", own=True),
    Option(
        "body-idle-timeout",
        Kind.DURATION,
        60.0,
        "How long a body may pause, in either direction. A request's body has to bring 64 bytes in "
        "that time.",
        own=True,
    ),
    Option(
        "keepalive-timeout",
        Kind.DURATION,
        120.0,
        "How long an idle client connection is kept.",
        own=True,
    ),
)

TLS = section(
    "TLS",
    Option(
        "tls-cert-file",
        Kind.TEXT,
        "",
        "Certificate chain (PEM) of our own HTTPS listener.",
    ),
    Option("tls-key-file", Kind.TEXT, "", "Private key (PEM) of our own HTTPS listener."),
    Option(
        "tls-min-version",
        Kind.TEXT,
        "TLS1.2",
        "The oldest TLS version that is accepted.",
        choices=("TLS1.2", "TLS1.3"),
        note="Checked at the start. Empty text means TLS1.2.",
    ),
    Option(
        "tls-cipher-suite",
        Kind.LIST,
        (),
        "Cipher suites of the HTTPS listener.",
        plural="tls_cipher_suites",
        status=Status.PLANNED,
    ),
)

METRICS = section(
    "Metrics",
    Option(
        "metrics-address",
        Kind.TEXT,
        "",
        "Where Prometheus scrapes: HOST:PORT or unix:///PATH. Empty turns it off.",
    ),
    Option(
        "metrics-secure-address",
        Kind.TEXT,
        "",
        "Where Prometheus scrapes over TLS: HOST:PORT or unix:///PATH.",
    ),
    Option(
        "metrics-tls-cert-file",
        Kind.TEXT,
        "",
        "Certificate chain of the TLS metrics listener, PEM. A file that changes is taken over.",
    ),
    Option(
        "metrics-tls-key-file",
        Kind.TEXT,
        "",
        "Private key of the TLS metrics listener, PEM.",
    ),
)

TRACING = section(
    "Tracing",
    Option(
        "tracing",
        Kind.TEXT,
        "",
        "Send OpenTelemetry spans of sign-ins and requests: otlp. Empty turns it off.",
        choices=("", "otlp"),
        own=True,
        note="Where they go is said by the environment: OTEL_EXPORTER_OTLP_ENDPOINT and its kin.",
    ),
)
