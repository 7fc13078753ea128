"""Endpoints the operator named: all of them without discovery, some of them over it."""

from dataclasses import replace

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import ProviderMisbehaved
from sidegate.oidc.algorithms import KIND_OF_ALGORITHM
from sidegate.oidc.metadata import Metadata
from sidegate.oidc.urls import endpoint_fault

_OPTION_OF = {
    "authorization_endpoint": "login_url",
    "token_endpoint": "redeem_url",
    "jwks_uri": "oidc_jwks_url",
    "userinfo_endpoint": "profile_url",
}


def with_configured(metadata: Metadata, settings: ProviderSettings) -> Metadata:
    """Return metadata in which an address of the configuration takes the place of the found one.

    Raises ProviderMisbehaved for an address that may not be called (http beyond loopback).
    """
    given = {name: getattr(settings, option) for name, option in _OPTION_OF.items()}
    named = {name: url for name, url in given.items() if url}
    for name, url in named.items():
        if fault := endpoint_fault(url):
            raise ProviderMisbehaved(f"{_OPTION_OF[name]} {fault}")
    return replace(metadata, **named)


def configured_metadata(settings: ProviderSettings) -> Metadata:
    """Return metadata from the configuration alone (`skip_oidc_discovery`).

    Raises ProviderMisbehaved when an address that a sign-in needs is missing. Whatever of our
    algorithms `oidc_enabled_signing_algs` names is allowed, RS256 when it names none.
    """
    missing = [
        option
        for option in ("login_url", "redeem_url", "oidc_jwks_url")
        if not getattr(settings, option)
    ]
    if missing:
        raise ProviderMisbehaved(f"skip_oidc_discovery needs {', '.join(missing)}")
    named = settings.oidc_enabled_signing_algs
    bare = Metadata(
        issuer=settings.oidc_issuer_url,
        authorization_endpoint="",
        token_endpoint="",
        jwks_uri="",
        id_token_signing_alg_values_supported=tuple(KIND_OF_ALGORITHM) if named else ("RS256",),
    )
    return with_configured(bare, settings)
