"""The settings as the program sees them: typed, validated, grouped by who needs them.

A field has the name of its key in `options/`; a test holds the two together. Packages receive
their branch, never all of `Settings`. Durations are seconds, sizes bytes, lists tuples. Secrets
that came from `*_file` options are read already and stand in the plain field.
"""

from __future__ import annotations

import msgspec

from sidegate.config.rule_settings import RuleSettings
from sidegate.core.messages import Origin
from sidegate.core.secret import Secret


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all branches: immutable, built by name."""


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `upstreams`, chosen by path.

    `path` starts with `/`; with a final `/` it is a prefix, else exact. `origin` is None for
    `static://CODE`, whose `static_status` is then the answer. The target goes upstream byte for
    byte.
    """

    path: str
    origin: Origin | None
    static_status: int = 0


class ClientKey(msgspec.Struct, frozen=True, kw_only=True):
    """The private key with which the gate signs assertions (`private_key_jwt`).

    `kind`: RSA, P-256, P-384, P-521 or Ed25519. `certificate`: SHA-256 of the one that came with
    it, or nothing.
    """

    pem: Secret[bytes]  # PKCS #8
    kind: str
    certificate: bytes = b""


class GoogleServiceAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A service account of Google, with a key of its own (RSA)."""

    email: str
    key_id: str
    key: ClientKey


class ServerSettings(Branch, frozen=True, kw_only=True):
    """Where the gate listens, and its own paths."""

    http_address: str  # "host:port", "unix:///path[,mode=0600]", "fd:N"; "" = off
    https_address: str
    tls_cert_file: str
    tls_key_file: str
    tls_min_version: str  # "TLS1.2" or "TLS1.3"
    force_https: bool
    hsts_max_age: float  # 0 = not said
    proxy_prefix: str  # "/oauth2"
    ping_path: str
    ping_user_agent: str
    ready_path: str
    drain_delay: float
    shutdown_timeout: float
    uvloop: bool


class LimitSettings(Branch, frozen=True, kw_only=True):
    """What one client may cost: bytes, fields and seconds."""

    limit_request_line: int
    limit_header_bytes: int
    limit_header_fields: int
    limit_body_bytes: int  # 0 = no limit
    limit_pipelined_requests: int
    limit_connections: int  # 0 = as many as the descriptors allow
    limit_connections_per_address: int  # 0 = no limit
    header_timeout: float
    body_idle_timeout: float
    keepalive_timeout: float


class TrustSettings(Branch, frozen=True, kw_only=True):
    """Whose forwarded fields are believed, and who passes by address."""

    reverse_proxy: bool
    real_client_ip_header: str
    trusted_proxy_ips: tuple[str, ...]
    trusted_proxy_headers: tuple[str, ...]  # empty = all
    trusted_ips: tuple[str, ...]
    request_id_header: str


class MetricsSettings(Branch, frozen=True, kw_only=True):
    """Where Prometheus scrapes."""

    metrics_address: str
    metrics_secure_address: str
    metrics_tls_cert_file: str
    metrics_tls_key_file: str


class OtlpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where spans go, as the environment of OpenTelemetry says."""

    otlp_endpoint: str  # a URL, path included
    otlp_headers: tuple[tuple[str, Secret[str]], ...]
    otlp_timeout: float
    otlp_compression: str  # "none", "gzip"
    otlp_certificate: str  # PEM file of authorities, "" = the system's
    otlp_client_certificate: str
    otlp_client_key: str
    queued: int  # spans that may wait
    batch: int  # spans of one request
    delay: int  # milliseconds between requests


class TracingSettings(Branch, frozen=True, kw_only=True):
    """Whether spans are made, and where they go."""

    tracing: str  # "", "otlp"
    otlp: OtlpSettings | None  # None = no spans


class RedisAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A Redis server or sentinel: at `socket_path`, else at `host` (no brackets) and `port`."""

    host: str
    port: int
    is_tls: bool
    database: int
    username: str
    password: Secret[str]
    socket_path: str = ""


class RedisSettings(Branch, frozen=True, kw_only=True):
    """The Redis server, group or cluster that keeps sessions; used where `session_store_type` is.

    Whatever a URL or a plain option said of user, password and database stands in each address.
    """

    session_store_type: str  # "cookie" or "redis"
    redis_connection_url: RedisAddress | None  # None with Sentinel or Cluster
    redis_username: str
    redis_password: Secret[str]
    redis_key_prefix: str
    redis_ca_path: str
    redis_insecure_skip_tls_verify: bool
    redis_connection_idle_timeout: int  # 0 = never
    redis_use_sentinel: bool
    redis_sentinel_master_name: str
    redis_sentinel_connection_urls: tuple[RedisAddress, ...]
    redis_sentinel_password: Secret[str]
    redis_use_cluster: bool
    redis_cluster_connection_urls: tuple[RedisAddress, ...]


def redis_addresses(settings: RedisSettings) -> tuple[RedisAddress, ...]:
    """Return every address there is."""
    one = settings.redis_connection_url
    groups = settings.redis_sentinel_connection_urls + settings.redis_cluster_connection_urls
    return groups if one is None else (one, *groups)


class CookieSettings(Branch, frozen=True, kw_only=True):
    """The session cookie and the sign-in cookies."""

    cookie_name: str
    cookie_secrets: tuple[Secret[bytes], ...]  # exactly 32 bytes each, decoded, the newest first
    cookie_secret_file: str
    cookie_secret_grace: float
    cookie_domains: tuple[str, ...]
    cookie_path: str
    cookie_expire: float
    cookie_refresh: float  # 0 = only when the access token ends
    cookie_secure: bool
    cookie_httponly: bool
    cookie_samesite: str  # "", "lax", "strict", "none"
    cookie_csrf_expire: float
    cookie_csrf_samesite: str  # "" = as cookie_samesite
    cookie_csrf_per_request_limit: int
    session_cookie_minimal: bool
    session_idle_timeout: float  # 0 = unused sessions live as long as used ones


class ProviderSettings(Branch, frozen=True, kw_only=True):
    """An identity provider and how its answers are judged.

    `id` is kept in attempts and sessions, and unique in a gate.
    """

    id: str  # by default the kind
    for_email_domains: tuple[str, ...] = ()  # ".d": d and all below it
    has_own_callback: bool = False  # PREFIX/callback/ID rather than PREFIX/callback
    provider: str  # the kind, as in `providers.registry.KINDS`
    provider_display_name: str
    client_id: str
    client_secret: Secret[str]
    client_secret_file: str
    provider_ca_files: tuple[str, ...]
    use_system_trust_store: bool
    ssl_insecure_skip_verify: bool
    oidc_issuer_url: str
    skip_oidc_discovery: bool
    login_url: str
    redeem_url: str
    profile_url: str
    validate_url: str
    oidc_jwks_url: str
    oidc_end_session: bool
    skip_claims_from_profile_url: bool
    scope: str
    prompt: str
    approval_prompt: str  # "force", "auto" or ""; for Google
    acr_values: str
    auth_request_response_mode: str  # "", "query" or "form_post"
    code_challenge_method: str  # "S256", or "" for none
    oidc_email_claim: str
    oidc_groups_claim: str
    oidc_audience_claims: tuple[str, ...]
    oidc_extra_audiences: tuple[str, ...]
    oidc_enabled_signing_algs: tuple[str, ...]
    insecure_oidc_allow_unverified_email: bool
    insecure_oidc_skip_issuer_verification: bool
    insecure_oidc_skip_nonce: bool
    kept_claims: tuple[str, ...] = ()  # further ones that rules and headers ask for
    wants_groups: bool = True  # some rule or header looks at groups
    # How the gate proves to the provider who it is
    token_endpoint_auth_method: str  # "", "client_secret_basic", ..._post or "private_key_jwt"
    token_endpoint_auth_signing_alg: str  # "" = by the key and the provider
    jwt_key: ClientKey | None
    jwt_key_id: str  # "" = the thumbprint
    client_assertion_file: str  # a path; read at each use
    client_assertion_audience: str  # "" = the issuer

    # Microsoft Entra ID
    entra_id_allowed_tenants: tuple[str, ...]  # ids in small letters; () = as the issuer says
    azure_graph_group_field: str  # "", "id" or "displayName"
    resource: str  # of the older endpoints

    # GitHub
    github_org: str
    github_team: str  # separated by commas
    github_repo: str
    github_token: Secret[str]  # "" = ask with the person's own
    github_users: tuple[str, ...]
    github_user_claim: str  # "id" or "login"

    # GitLab
    gitlab_groups: tuple[str, ...]
    gitlab_projects: tuple[tuple[str, int], ...]  # (path, least access level)

    # Google
    google_groups: tuple[str, ...]
    google_hosted_domains: tuple[str, ...]
    google_service_account: GoogleServiceAccount | None
    google_admin_email: str
    google_use_application_default_credentials: bool
    google_target_principal: str
    google_use_organization_id: bool
    google_admin_api_user_scope: str  # "", "cloud", "user" or "readonly"

    # Keycloak

    # Any other provider of OAuth 2.0
    oauth2_user_claim: str
    oauth2_email_claim: str
    oauth2_groups_claim: str
    oauth2_preferred_username_claim: str

    @property
    def binding(self) -> bytes:
        """Return what has to be the same for a session of this provider to be ours.

        Another issuer or client has other sessions, even where the secret is shared. So has a
        provider whose own restrictions were changed: who got in before may not get in now.
        """
        where = self.oidc_issuer_url or f"{self.provider} {self.login_url}"
        restrictions = self._restrictions()
        told = restrictions if any(restrictions) else ()
        return "\0".join((where, self.client_id, *told)).encode()

    def _restrictions(self) -> tuple[str, ...]:
        """Return the options by which this kind of provider itself lets people in or not."""
        if self.provider == "github":
            return (self.github_org, self.github_team, self.github_repo, *self.github_users)
        if self.provider == "gitlab":
            projects = [f"{path}={level}" for path, level in self.gitlab_projects]
            return (*self.gitlab_groups, *projects)
        if self.provider == "google":
            return (*self.google_groups, *self.google_hosted_domains)
        return ()


class BearerSettings(Branch, frozen=True, kw_only=True):
    """Whether programs sign in with a token in Authorization, and whose tokens."""

    skip_jwt_bearer_tokens: bool
    bearer_token_login_fallback: bool
    extra_jwt_issuers: tuple[tuple[str, str], ...]  # (issuer, audience)
    bearer_token_introspection: bool
    introspection_url: str  # "" = as discovered
    introspection_cache_ttl: float  # 0 = ask for each request


class LoginSettings(Branch, frozen=True, kw_only=True):
    """How a sign-in begins and where it may end."""

    redirect_url: str  # "" = computed from the request
    whitelist_domains: tuple[str, ...]
    skip_provider_button: bool


class LogoutSettings(Branch, frozen=True, kw_only=True):
    """Who besides the person ends a session, and what ends with it."""

    backchannel_logout: bool
    frontchannel_logout: bool
    websocket_recheck: float  # 0 = only when this process hears of the end


class AccessSettings(Branch, frozen=True, kw_only=True):
    """Who may pass, and which paths need nobody."""

    email_domains: tuple[str, ...]
    authenticated_emails_file: str
    allowed_groups: tuple[str, ...]
    skip_auth_routes: tuple[str, ...]  # "METHOD=regex", "METHOD!=regex", "regex", "!=regex"
    skip_auth_preflight: bool
    cors_allowed_origins: tuple[str, ...]  # "https://host" or "https://host:port", lower-case
    cors_preflight: str  # who answers: "gate" or "application"
    csrf_protect_upstream: bool
    csrf_exempt_routes: tuple[str, ...]  # as skip_auth_routes
    api_routes: tuple[str, ...]
    force_json_errors: bool
    rules: tuple[RuleSettings, ...] = ()

    @property
    def need_groups(self) -> bool:
        """Say whether anybody is judged by their groups, so that those have to be looked up."""
        people = (one for rule in self.rules for one in (*rule.allow, *rule.deny))
        return bool(self.allowed_groups) or any(
            one.groups or one.all_groups or one.roles for one in people
        )


class PasswordSettings(Branch, frozen=True, kw_only=True):
    """Signing in with a name and a password of a file."""

    htpasswd_file: str  # "" = nobody does
    htpasswd_user_groups: tuple[str, ...]
    htpasswd_limit_per_user: int
    htpasswd_limit_per_address: int
    htpasswd_limit_period: float
    display_htpasswd_form: bool


class PageSettings(Branch, frozen=True, kw_only=True):
    """What makes the pages those of one site."""

    brand_name: str
    accent_color: str  # "" = ours; else readable on white
    custom_sign_in_logo: str  # a file, an https address, or "" or "-" for none
    banner: str  # HTML that was found harmless; "-" = none
    footer: str  # as banner
    custom_templates_dir: str
    help_url: str  # "" = none; explains codes, each at its own fragment
    show_debug_on_error: bool


class AccountSettings(Branch, frozen=True, kw_only=True):
    """What people see and do about what is held of them."""

    account_page: bool
    erasure_link: str  # https or mailto; "" = none
    erasure_request_url: str  # "" = none
    erasure_request_secret: Secret[bytes]  # empty without the URL


class UpstreamSettings(Branch, frozen=True, kw_only=True):
    """The applications behind the gate."""

    upstreams: tuple[Upstream, ...]
    upstream_timeout: float
    pass_host_header: bool
    proxy_websockets: bool
    websocket_check_origin: bool
    ssl_upstream_insecure_skip_verify: bool
    disable_keep_alives: bool


class HeaderSettings(Branch, frozen=True, kw_only=True):
    """What the application and the client are told of the session."""

    pass_user_headers: bool  # pass_user_headers or pass_basic_auth
    prefer_email_to_user: bool
    pass_access_token: bool
    pass_authorization_header: bool
    set_xauthrequest: bool
    set_authorization_header: bool
    claim_headers: tuple[tuple[str, str], ...]  # (name of the field, claim)
    pass_identity_token: bool
    identity_token_issuer: str  # a URL; "" where no token is passed
    identity_token_audience: str  # may hold "{host}"
    identity_token_lifetime: float


class LoggingSettings(Branch, frozen=True, kw_only=True):
    """The three logs."""

    standard_logging: bool
    auth_logging: bool
    request_logging: bool
    logging_level: str  # "debug", "info", "warning", "error"
    logging_local_time: bool
    errors_to_info_log: bool
    exclude_logging_paths: tuple[str, ...]
    silence_ping_logging: bool
    logging_format: str  # "text", "json"
    auth_logging_format: str
    standard_logging_format: str
    request_logging_format: str
    logging_filename: str
    logging_max_size: int  # megabytes
    logging_max_age: int  # days
    logging_max_backups: int
    logging_compress: bool
    audit_log_file: str
    audit_log_max_size: int  # megabytes
    audit_log_max_age: int  # days
    audit_log_compress: bool
    audit_hash_chain: bool


class Settings(Branch, frozen=True, kw_only=True):
    """Everything, as `app.py` hands it out branch by branch."""

    server: ServerSettings
    limits: LimitSettings
    trust: TrustSettings
    metrics: MetricsSettings
    tracing: TracingSettings
    cookie: CookieSettings
    redis: RedisSettings
    providers: tuple[ProviderSettings, ...]  # at least one, in the order of the configuration
    bearer: BearerSettings
    login: LoginSettings
    logout: LogoutSettings
    access: AccessSettings
    password: PasswordSettings
    pages: PageSettings
    account: AccountSettings
    upstream: UpstreamSettings
    headers: HeaderSettings
    logging: LoggingSettings
