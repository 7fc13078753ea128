"""The provider's own description (OpenID Connect Discovery 1.0, RFC 8414)."""

from dataclasses import dataclass
from typing import Any

from sidegate.core.errors import ProviderMisbehaved
from sidegate.oidc.strict_json import JsonRejected, parse_object
from sidegate.oidc.urls import endpoint_fault


@dataclass(frozen=True, slots=True)
class Metadata:
    """What we use of a discovery document. Optional endpoints are empty text when absent."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    introspection_endpoint: str = ""
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    code_challenge_methods_supported: tuple[str, ...] = ()
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    token_endpoint_auth_signing_alg_values_supported: tuple[str, ...] = ()
    introspection_endpoint_auth_methods_supported: tuple[str, ...] = ()
    authorization_response_iss_parameter_supported: bool = False
    scopes_supported: tuple[str, ...] = ()  # empty: it does not say


def discovery_url(issuer: str) -> str:
    """Return where the document is (Discovery section 4.1: one final slash is dropped)."""
    return issuer.removesuffix("/") + "/.well-known/openid-configuration"


def parse_metadata(document: bytes, issuer: str, *, skip_issuer_check: bool = False) -> Metadata:
    """Return the checked document, or raise ProviderMisbehaved.

    `issuer`: the configured one. The document's must be the same text, character for character
    (Discovery section 4.3), else another provider could speak for this one.
    """
    values = _named(document, issuer, skip_issuer_check=skip_issuer_check)
    return Metadata(
        issuer=values["issuer"],
        authorization_endpoint=_endpoint(values, "authorization_endpoint"),
        token_endpoint=_endpoint(values, "token_endpoint"),
        jwks_uri=_endpoint(values, "jwks_uri"),
        userinfo_endpoint=_endpoint(values, "userinfo_endpoint", required=False),
        end_session_endpoint=_endpoint(values, "end_session_endpoint", required=False),
        introspection_endpoint=_endpoint(values, "introspection_endpoint", required=False),
        id_token_signing_alg_values_supported=_texts(
            values, "id_token_signing_alg_values_supported", ("RS256",)
        ),
        code_challenge_methods_supported=_texts(values, "code_challenge_methods_supported", ()),
        token_endpoint_auth_methods_supported=_texts(
            values, "token_endpoint_auth_methods_supported", ("client_secret_basic",)
        ),
        token_endpoint_auth_signing_alg_values_supported=_texts(
            values, "token_endpoint_auth_signing_alg_values_supported", ()
        ),
        introspection_endpoint_auth_methods_supported=_texts(
            values, "introspection_endpoint_auth_methods_supported", ()
        ),
        authorization_response_iss_parameter_supported=_flag(
            values, "authorization_response_iss_parameter_supported"
        ),
        scopes_supported=_texts(values, "scopes_supported", ()),
    )


def parse_key_address(document: bytes, issuer: str) -> tuple[str, tuple[str, ...]]:
    """Return where an issuer's keys are and with what it signs, or raise ProviderMisbehaved.

    For issuers nobody signs in at (clusters, build systems), whose document has no more than that.
    """
    values = _named(document, issuer)
    algorithms = _texts(values, "id_token_signing_alg_values_supported", ("RS256",))
    return _endpoint(values, "jwks_uri"), algorithms


def _named(document: bytes, issuer: str, *, skip_issuer_check: bool = False) -> dict[str, Any]:
    try:
        values = parse_object(document)
    except JsonRejected as error:
        raise ProviderMisbehaved(f"discovery document: {error}") from None
    named = _text(values, "issuer")
    if named != issuer and not skip_issuer_check:
        raise ProviderMisbehaved(
            f"discovery document is of issuer {named!r}, configured is {issuer!r};"
            " the two must be equal to the last character"
        )
    return values


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise ProviderMisbehaved(f"discovery document: {name} is missing or no text")
    return value


def _endpoint(values: dict[str, Any], name: str, *, required: bool = True) -> str:
    if not required and values.get(name) in (None, ""):
        return ""
    url = _text(values, name)
    if fault := endpoint_fault(url):
        raise ProviderMisbehaved(f"discovery document: {name} {fault}")
    return url


def _texts(values: dict[str, Any], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = values.get(name)
    if value is None:
        return default
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ProviderMisbehaved(f"discovery document: {name} is no list of text")
    return tuple(value)


def _flag(values: dict[str, Any], name: str) -> bool:
    value = values.get(name, False)
    if not isinstance(value, bool):
        raise ProviderMisbehaved(f"discovery document: {name} is neither true nor false")
    return value
