"""Provider settings for tests."""

from typing import Any

from sidegate.config.settings import ProviderSettings
from sidegate.core.secret import Secret

ISSUER = "https://idp.example"


def provider_settings(**changes: Any) -> ProviderSettings:
    """Return settings as the defaults make them, with changes."""
    values: dict[str, Any] = {
        "provider": "oidc",
        "provider_display_name": "",
        "client_id": "gate",
        "client_secret": Secret("canary-client-secret"),
        "provider_ca_files": (),
        "use_system_trust_store": False,
        "ssl_insecure_skip_verify": False,
        "oidc_issuer_url": ISSUER,
        "skip_oidc_discovery": False,
        "login_url": "",
        "redeem_url": "",
        "profile_url": "",
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
    }
    return ProviderSettings(**{**values, **changes})
