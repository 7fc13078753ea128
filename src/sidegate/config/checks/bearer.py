"""Checks of the tokens that programs bring."""

from sidegate.config.addresses import parse_public_url
from sidegate.config.findings import Findings, Malformed
from sidegate.config.values import Values


def check_bearer(values: Values, findings: Findings) -> dict[str, object]:
    """Check tokens that programs bring; return the fields that differ from what was written."""
    if (
        values.is_on("bearer_token_introspection")
        and values.is_on("skip_oidc_discovery")
        and values.is_missing("introspection_url")
    ):
        findings.refuse(
            values.place("introspection_url"),
            "required without discovery, and not given",
            "Give the introspection endpoint of the provider.",
        )
    warn_of_idle_options(values, findings)
    return {"extra_jwt_issuers": resolve_issuers(values, findings)}


def resolve_issuers(values: Values, findings: Findings) -> tuple[tuple[str, str], ...]:
    """Return the pairs of `extra_jwt_issuers`."""
    pairs = []
    for text in values.items_of("extra_jwt_issuers"):
        try:
            pairs.append(parse_pair(text))
        except Malformed as reason:
            place = values.place("extra_jwt_issuers")
            findings.refuse(place, f'"{text}": {reason.what}', reason.remedy)
    return tuple(pairs)


def parse_pair(text: str) -> tuple[str, str]:
    """Return issuer and audience. The first equals sign divides. Raises Malformed."""
    issuer, _, audience = text.partition("=")
    if not audience or "?" in issuer:
        raise Malformed("not ISSUER=AUDIENCE", "Write it as in https://login.example.com=my-api.")
    parse_public_url(issuer)
    return issuer, audience


def warn_of_idle_options(values: Values, findings: Findings) -> None:
    """Warn of options that do nothing since what they belong to is off."""
    jwts, opaque = (
        values.is_on("skip_jwt_bearer_tokens"),
        values.is_on("bearer_token_introspection"),
    )
    if not (values.is_on("bearer_token_login_fallback") or jwts or opaque):
        findings.warn(
            values.place("bearer_token_login_fallback"), "does nothing while no token is looked at"
        )
    if values.items_of("extra_jwt_issuers") and not jwts:
        findings.warn(
            values.place("extra_jwt_issuers"), "does nothing without skip_jwt_bearer_tokens"
        )
    if values.text("introspection_url") and not opaque:
        findings.warn(
            values.place("introspection_url"), "does nothing without bearer_token_introspection"
        )
