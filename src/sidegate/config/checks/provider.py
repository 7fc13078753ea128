"""Checks of the identity provider."""

from collections.abc import Callable

from sidegate.config.addresses import parse_public_url
from sidegate.config.checks.entra import check_entra, refuse_without_issuer
from sidegate.config.checks.github import check_github
from sidegate.config.checks.oauth2 import check_oauth2
from sidegate.config.findings import Findings, Malformed, suggestion
from sidegate.config.key_material import ReadFile, read_readable
from sidegate.config.options.provider import BUILT_PROVIDERS, OTHER_PROVIDERS
from sidegate.config.values import Source, Values

URLS = (
    "oidc_issuer_url",
    "login_url",
    "redeem_url",
    "profile_url",
    "validate_url",
    "oidc_jwks_url",
    "introspection_url",
)


DEFAULT_ISSUERS = {"gitlab": "https://gitlab.com"}
"""Where a kind of provider is, unless it is one's own."""


def settle_kind(values: Values, findings: Findings) -> None:
    """Let Google be the provider where nobody says which, nor where it is, as in oauth2-proxy."""
    said = ("provider", "azure_tenant", "skip_oidc_discovery", *URLS)
    if "providers" in values.tables or any(values[key].is_given for key in said):
        return
    values.change("provider", "google", "default", Source.DEFAULT)
    findings.warn(
        values.place("provider"), "not given, so people sign in with Google; write it as google"
    )


def check_provider(values: Values, findings: Findings, read_file: ReadFile) -> None:
    """Note what is wrong with one provider, or missing for its kind."""
    if values.is_missing("client_id"):
        findings.refuse(
            values.place("client_id"),
            "required, and not given",
            "Give the client id that is registered at the provider"
            + ("." if values["provider"].is_given else "; which it is, --provider says."),
        )
    check = CHECKS.get(values.text("provider"))
    if check is None:
        refuse_kind(values, findings)
    else:
        check(values, findings)
        refuse_other_kinds(values, findings)
    for key in URLS:
        check_url(values, key, findings)
    for path in values.items_of("provider_ca_files"):
        read_readable(values.place("provider_ca_files"), path, findings, read_file)
    for key in ("oidc_email_claim", "oidc_groups_claim", "oidc_audience_claims"):
        if values.is_missing(key):
            findings.refuse(values.place(key), "is empty", "Name a claim, or remove it.")


def refuse_kind(values: Values, findings: Findings) -> None:
    """Note a kind of provider that is not built, or that nobody knows."""
    kind, place = values.text("provider"), values.place("provider")
    if kind in OTHER_PROVIDERS:
        findings.refuse(
            place,
            f'provider "{kind}" is known but not built into this version',
            INSTEAD.get(
                kind,
                "Where it speaks OpenID Connect, write --provider=oidc and --oidc-issuer-url=URL.",
            ),
        )
    else:
        near = suggestion(kind, (*BUILT_PROVIDERS, *OTHER_PROVIDERS), "Write oidc.")
        findings.refuse(place, f'unknown provider "{kind}"', near)


def refuse_other_kinds(values: Values, findings: Findings) -> None:
    """Note options of another kind of provider: nothing would do what they say."""
    kind = values.text("provider")
    for key, entry in values.items():
        owners = next((kinds for start, kinds in OWNERS.items() if key.startswith(start)), (kind,))
        is_idle = kind not in owners and entry.value != entry.option.default
        if is_idle and not entry.option.is_planned:
            findings.refuse(
                entry.where,
                f'does nothing with provider "{kind}"',
                f"Remove it, or write --provider={owners[0]}.",
            )


def check_oidc(values: Values, findings: Findings) -> None:
    """Check what OpenID Connect needs."""
    issuer, default = values["oidc_issuer_url"], DEFAULT_ISSUERS.get(values.text("provider"))
    if default and values.is_missing("oidc_issuer_url"):
        values.change("oidc_issuer_url", default, "default", issuer.source)
    check_endpoints(values, findings)
    check_scope(values, findings)


def check_microsoft(values: Values, findings: Findings) -> None:
    """Check what Microsoft Entra ID needs, which is OpenID Connect and something of its own."""
    check_entra(values, findings)
    if values.is_missing("oidc_issuer_url"):
        refuse_without_issuer(values, findings)
    else:
        check_endpoints(values, findings)
    check_scope(values, findings)


def check_endpoints(values: Values, findings: Findings) -> None:
    """Require the issuer, and without discovery everything it would have told."""
    needed = ["oidc_issuer_url"]
    if values.is_on("skip_oidc_discovery"):
        needed += ["login_url", "redeem_url", "oidc_jwks_url"]
        if values.is_on("insecure_oidc_skip_issuer_verification"):
            needed.remove("oidc_issuer_url")
    for key in needed:
        if values.is_missing(key):
            why = "required, and not given"
            if key != "oidc_issuer_url":
                why = "required with --skip-oidc-discovery, and not given"
            findings.refuse(values.place(key), why, "Give the address of the provider.")


def check_url(values: Values, key: str, findings: Findings) -> None:
    """Addresses of the provider are https, except on loopback hosts."""
    if not values.text(key):
        return
    try:
        url = parse_public_url(values.text(key))
    except Malformed as reason:
        findings.refuse(values.place(key), reason.what, reason.remedy)
        return
    if key == "oidc_issuer_url" and url.query:
        findings.refuse(
            values.place(key),
            "an issuer has no query (OpenID Connect Discovery section 2)",
            "Remove everything from the question mark on.",
        )


def check_scope(values: Values, findings: Findings) -> None:
    """Without the scope `openid` there is no ID token (OpenID Connect Core section 3.1.2.1)."""
    scope = values.text("scope")
    if scope and "openid" not in scope.split(" "):
        findings.refuse(values.place("scope"), "lacks openid", f'Write "openid {scope}".')


INSTEAD = {
    "keycloak": "Write --provider=keycloak-oidc and --oidc-issuer-url=https://HOST/realms/REALM.",
}
"""What to write for a kind that has a successor."""

OWNERS = {
    "github_": ("github",),
    "gitlab_": ("gitlab",),
    "google_": ("google",),
    "oauth2_": ("oauth2",),
    "validate_url": ("oauth2", "github"),
    "azure_": ("entra-id", "azure"),
    "entra_id_": ("entra-id", "azure"),
    "resource": ("azure", "entra-id", "adfs"),
    "allowed_roles": ("keycloak-oidc",),
}
"""Beginnings of options that only some kinds of provider look at."""

CHECKS: dict[str, Callable[[Values, Findings], None]] = {
    "github": check_github,
    "oauth2": check_oauth2,
    "gitlab": check_oidc,
    "google": check_scope,  # its addresses are known
    "oidc": check_oidc,
    "entra-id": check_microsoft,
    "azure": check_microsoft,
    "adfs": check_oidc,
    "keycloak-oidc": check_oidc,
}
"""What each kind of provider that is built needs in the configuration."""
