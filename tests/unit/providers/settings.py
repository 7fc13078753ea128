"""Provider settings for tests."""

from typing import Any

from sidegate.config.settings import ProviderSettings
from sidegate.core.ports import Clock
from sidegate.core.secret import Secret
from sidegate.providers.credentials import Credentials, ReadFile

ISSUER = "https://idp.example"


def provider_settings(**changes: Any) -> ProviderSettings:
    """Return settings as the defaults make them, with changes."""
    values: dict[str, Any] = {
        "id": "oidc",
        "provider": "oidc",
        "provider_display_name": "",
        "client_id": "gate",
        "client_secret": Secret("canary-client-secret"),
        "client_secret_file": "",
        "provider_ca_files": (),
        "use_system_trust_store": False,
        "ssl_insecure_skip_verify": False,
        "oidc_issuer_url": ISSUER,
        "skip_oidc_discovery": False,
        "login_url": "",
        "redeem_url": "",
        "profile_url": "",
        "validate_url": "",
        "oidc_jwks_url": "",
        "oidc_end_session": False,
        "skip_claims_from_profile_url": False,
        "scope": "",
        "prompt": "",
        "acr_values": "",
        "auth_request_response_mode": "",
        "code_challenge_method": "S256",
        "oidc_email_claim": "email",
        "oidc_groups_claim": "groups",
        "oidc_audience_claims": ("aud",),
        "oidc_extra_audiences": (),
        "oidc_enabled_signing_algs": (),
        "insecure_oidc_allow_unverified_email": False,
        "insecure_oidc_skip_issuer_verification": False,
        "insecure_oidc_skip_nonce": False,
        "token_endpoint_auth_method": "",
        "token_endpoint_auth_signing_alg": "",
        "jwt_key": None,
        "jwt_key_id": "",
        "client_assertion_file": "",
        "client_assertion_audience": "",
        "github_org": "",
        "github_team": "",
        "github_repo": "",
        "github_token": Secret(""),
        "github_users": (),
        "github_user_claim": "id",
        "oauth2_user_claim": "sub",
        "oauth2_email_claim": "email",
        "oauth2_groups_claim": "groups",
        "oauth2_preferred_username_claim": "preferred_username",
    }
    return ProviderSettings(**{**values, **changes})


def no_file(path: str) -> bytes:
    raise FileNotFoundError(2, "No such file or directory", path)


def credentials(
    settings: ProviderSettings, clock: Clock = lambda: 0.0, read_file: ReadFile = no_file
) -> Credentials:
    """Return what a gate with these settings shows; its randomness is a row of the same bytes."""
    return Credentials(settings, clock, lambda size: b"\x07" * size, read_file)
