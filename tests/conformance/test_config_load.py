"""Flags, variables and a file, row by row: whether a gate starts with them, and what they set.

The rows were recorded with a cookie secret of 16 bytes, which would be AES-128 there and is no
secret here: they are played with one of 32. Not compared are what only oauth2-proxy's alpha
configuration has (lists of headers to inject) and the id that it makes for a provider.
"""

from collections.abc import Callable
from typing import Any, Final

import pytest

from sidegate.config.checks.provider import settle_kind
from sidegate.config.findings import Findings
from sidegate.config.key_material import ReadFile
from sidegate.config.load import load, merge
from sidegate.config.values import Values
from sidegate.core.errors import ConfigurationError
from tests.conformance.records import Row, parameters, settle

FILE: Final = "oauth2-proxy.cfg"
SHORT, LONG = "--cookie-secret=0123456789abcdef", "--cookie-secret=0123456789abcdef0123456789ABCDEF"
NOT_COMPARED: Final = {"ID", "InjectRequestHeaders", "InjectResponseHeaders"}
OPTIONS: Final = {
    "APIRoutes": "api_routes",
    "CAFiles": "provider_ca_files",
    "ClientID": "client_id",
    "ClientSecret": "client_secret",
    "CodeChallengeMethod": "code_challenge_method",
    "Cookie.Expire": "cookie_expire",
    "Cookie.Name": "cookie_name",
    "Cookie.Refresh": "cookie_refresh",
    "Cookie.SameSite": "cookie_samesite",
    "Cookie.Secret": "cookie_secret",
    "Cookie.SecretFile": "cookie_secret_file",
    "Cookie.Secure": "cookie_secure",
    "EmailDomains": "email_domains",
    "ExtraJwtIssuers": "extra_jwt_issuers",
    "GitHubConfig.Users": "github_users",
    "GoogleConfig.Groups": "google_groups",
    "Logging.File.MaxSize": "logging_max_size",
    "LoginURLParameters.prompt": "prompt",
    "MicrosoftEntraIDConfig.FederatedTokenAuth": "entra_id_federated_token_auth",
    "Name": "provider_display_name",
    "OIDCConfig.AudienceClaims": "oidc_audience_claims",
    "OIDCConfig.EnabledSigningAlgs": "oidc_enabled_signing_algs",
    "OIDCConfig.UserIDClaim": "user_id_claim",
    "RawRedirectURL": "redirect_url",
    "RealClientIPHeader": "real_client_ip_header",
    "Server.BindAddress": "http_address",
    "Session.Cookie.Minimal": "session_cookie_minimal",
    "SignatureKey": "signature_key",
    "SkipAuthRegex": "skip_auth_regex",
    "SkipAuthRoutes": "skip_auth_routes",
    "SkipJwtBearerTokens": "skip_jwt_bearer_tokens",
    "Type": "provider",
    "UpstreamServers.Upstreams": "upstreams",
    "WhitelistDomains": "whitelist_domains",
}
"""What oauth2-proxy calls a setting inside, and what the option is called."""
SECONDS: Final = {"cookie_expire", "cookie_refresh"}  # recorded in nanoseconds


def sources(row: Row) -> tuple[list[str], dict[str, str], ReadFile]:
    """Return the flags, the environment and the files of a row."""
    given = row["in"]
    argv = [LONG if flag == SHORT else flag for flag in given["args"]]
    if given["toml"]:
        argv.append(f"--config={FILE}")

    def read_file(path: str) -> bytes:
        if path != FILE:
            raise FileNotFoundError(2, "No such file or directory")
        toml: str = given["toml"]
        return toml.encode()

    return argv, given["env"], read_file


def recorded(row: Row) -> dict[str, Any]:
    """Return what differs from a default, by the key of the option that says so."""
    expect = row["expect"]
    found: dict[str, Any] = {}
    for name, value in {**expect["changed"], **expect["provider_changed"]}.items():
        found |= _spread(name, value)
    return found


def _spread(name: str, value: Any) -> dict[str, Any]:
    """Return the options in one setting; a group of settings has several, most at defaults."""
    if name in NOT_COMPARED:
        return {}
    match name, value:
        case "UpstreamServers.Upstreams", _:
            return {"upstreams": [upstream["URI"] for upstream in value]}
        case "LoginURLParameters", _:
            return {OPTIONS[f"{name}.{one['Name']}"]: one["Default"][0] for one in value}
        case "Cookie.Secret", _:
            return {"cookie_secret": LONG.partition("=")[2]}
        case _, dict():
            members = {f"{name}.{member}": part for member, part in value.items()}
            return {OPTIONS[m]: part for m, part in members.items() if part and m in OPTIONS}
        case _:
            key = OPTIONS[name]
            return {key: value / 1e9 if key in SECONDS else value}


def plain(value: object) -> object:
    """Return a value as JSON would have it."""
    return list(value) if isinstance(value, tuple) else value


def differences(row: Row, values: Values) -> str:
    """Return the options that are not as recorded."""
    expected = recorded(row)
    wrong = {
        key: plain(values[key].value)
        for key, value in expected.items()
        if plain(values[key].value) != value
    }
    return f"{wrong}, recorded {expected}" if wrong else ""


def refusal(play: Callable[[], object]) -> str:
    """Return the mistakes that stop a start."""
    try:
        play()
    except ConfigurationError as error:
        return "\n".join(error.mistakes)
    return ""


@pytest.mark.parametrize("row", parameters("config_load.json", "config"))
def test_a_configuration_is_read_as_recorded(row: Row) -> None:
    argv, environ, read_file = sources(row)
    expect = row["expect"]
    starts = not (expect.get("load_error") or expect["validation_errors"])
    mistakes = refusal(lambda: load(argv, environ, read_file))
    if bool(mistakes) is starts:
        settle(row, mistakes or f"it starts, recorded {expect}")
        return
    findings = Findings()
    values = merge(argv, environ, read_file, findings)
    settle_kind(values, Findings())
    settle(row, differences(row, values) if "changed" in expect else "")


@pytest.mark.parametrize("row", parameters("config_load.json", "config"))
def test_a_mistake_is_named_where_it_was_made(row: Row) -> None:
    """Whoever reads the mistakes finds the place: a flag, a variable, a line of the file."""
    argv, environ, read_file = sources(row)
    for line in refusal(lambda: load(argv, environ, read_file)).splitlines():
        assert line.startswith(("flag --", "environment OAUTH2_PROXY_", FILE, "--", "  "))
