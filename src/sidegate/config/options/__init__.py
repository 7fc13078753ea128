"""Every option of oauth2-proxy and of ours, in one table.

A row gives the flag, the variable, the TOML key, the type, the default, the help and the note on
compatibility. The reader of flags, environment and file, `--help`, the JSON Schema, the shell
completion and docs/configuration.md all come from here.
"""

from sidegate.config.options.access import ACCESS, LOGIN
from sidegate.config.options.account import ACCOUNT
from sidegate.config.options.client import CLIENT
from sidegate.config.options.entra import ENTRA
from sidegate.config.options.github import GITHUB
from sidegate.config.options.gitlab import GITLAB
from sidegate.config.options.google import GOOGLE
from sidegate.config.options.keycloak import KEYCLOAK
from sidegate.config.options.logging import LOGGING
from sidegate.config.options.logout import LOGOUT
from sidegate.config.options.oauth2 import OAUTH2
from sidegate.config.options.oidc import BEARER, OIDC
from sidegate.config.options.option import Kind, Option, Plain, Status, section
from sidegate.config.options.other_kinds import OTHER
from sidegate.config.options.pages import PAGES
from sidegate.config.options.provider import PROVIDER
from sidegate.config.options.redis import REDIS
from sidegate.config.options.server import LIMITS, METRICS, SERVER, TLS, TRACING
from sidegate.config.options.session import COOKIE, SESSION
from sidegate.config.options.upstream import HEADERS, UPSTREAM

__all__ = [
    "BY_FLAG",
    "BY_KEY",
    "GENERAL",
    "OPTIONS",
    "PROVIDER_OPTIONS",
    "Kind",
    "Option",
    "Plain",
    "Status",
]

GENERAL = section(
    "General",
    Option(
        "config",
        Kind.TEXT,
        "",
        "Read options from this TOML file.",
        field=None,
        document=False,
    ),
    Option(
        "config-test",
        Kind.BOOL,
        default=False,
        help="Check the configuration and exit; the same as `sidegate config check`.",
        field=None,
        environment=False,
        document=False,
    ),
    Option(
        "version",
        Kind.BOOL,
        default=False,
        help="Print the version and exit.",
        field=None,
        environment=False,
        document=False,
    ),
    Option(
        "alpha-config",
        Kind.TEXT,
        "",
        "Read the structured YAML configuration of oauth2-proxy.",
        status=Status.PLANNED,
        document=False,
    ),
    Option(
        "convert-config-to-alpha",
        Kind.BOOL,
        default=False,
        help="Print the configuration as structured YAML.",
        status=Status.PLANNED,
        environment=False,
        document=False,
    ),
)
"""Flags about the configuration itself; oauth2-proxy does not count them as options either."""

OPTIONS: tuple[Option, ...] = (
    *UPSTREAM,
    *PROVIDER,
    *CLIENT,
    *OIDC,
    *BEARER,
    *ACCESS,
    *LOGIN,
    *COOKIE,
    *SESSION,
    *REDIS,
    *LOGOUT,
    *HEADERS,
    *SERVER,
    *TLS,
    *LIMITS,
    *METRICS,
    *TRACING,
    *LOGGING,
    *PAGES,
    *ACCOUNT,
    *ENTRA,
    *GITHUB,
    *GITLAB,
    *GOOGLE,
    *KEYCLOAK,
    *OAUTH2,
    *OTHER,
)

PROVIDER_OPTIONS: tuple[Option, ...] = tuple(
    row
    for rows in (PROVIDER, CLIENT, OIDC, ENTRA, GITHUB, GITLAB, GOOGLE, KEYCLOAK, OAUTH2, OTHER)
    for row in rows
    if row.field != "allowed_groups"  # who may pass is for all
)
"""Those that each provider has for itself, also in a `[[providers]]` table."""

BY_FLAG: dict[str, Option] = {option.flag: option for option in (*GENERAL, *OPTIONS)}

BY_KEY: dict[str, Option] = {
    name: option for option in (*GENERAL, *OPTIONS) for name in (option.key, *option.aliases)
}
"""Every accepted spelling of a key, lower-case with underscores."""
