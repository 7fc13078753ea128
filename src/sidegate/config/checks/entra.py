"""Checks of Microsoft Entra ID, and what follows from a tenant and from a workload identity."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from sidegate.config.findings import Findings
from sidegate.config.values import Source, Values

ENTRA, AZURE = "entra-id", "azure"
LOGIN = "https://login.microsoftonline.com"
ENDPOINTS = {
    ENTRA: {
        "login_url": "/oauth2/v2.0/authorize",
        "redeem_url": "/oauth2/v2.0/token",
        "oidc_jwks_url": "/discovery/v2.0/keys",
    },
    AZURE: {
        "login_url": "/oauth2/authorize",
        "redeem_url": "/oauth2/token",
        "oidc_jwks_url": "/discovery/keys",
    },
}
"""What a tenant's endpoints are where discovery is not asked, below the tenant."""

SHARED = ("common", "organizations", "consumers")
# Fixed patterns over the operator's own text, linear in its length.
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TENANT = re.compile(r"[A-Za-z0-9.-]+")


def settle_entra(values: Values, environ: Mapping[str, str], findings: Findings) -> None:
    """Put what follows from other options and from the workload where it is read.

    Before all other checks: afterwards the issuer and the assertion are as if they were written.
    """
    kind = values.text("provider")
    if kind not in ENDPOINTS:
        return
    if values.is_on("entra_id_federated_token_auth"):
        adopt_workload(values, environ, findings)
    tenant = values.text("azure_tenant")
    if not TENANT.fullmatch(tenant):
        findings.refuse(
            values.place("azure_tenant"), "is neither an id nor a domain", "Write the tenant's id."
        )
        return
    if kind == AZURE or values["azure_tenant"].is_given:
        follow_tenant(values, kind, tenant)


def adopt_workload(values: Values, environ: Mapping[str, str], findings: Findings) -> None:
    """Take the file of the assertion, and what else is not given, from the workload's variables."""
    if not environ.get("AZURE_FEDERATED_TOKEN_FILE"):
        findings.refuse(
            values.place("entra_id_federated_token_auth"),
            "AZURE_FEDERATED_TOKEN_FILE is not set",
            "Check the workload identity of the pod: its label azure.workload.identity/use and the"
            " annotation of its service account.",
        )
    for key, variable in (
        ("client_assertion_file", "AZURE_FEDERATED_TOKEN_FILE"),
        ("client_id", "AZURE_CLIENT_ID"),
        ("azure_tenant", "AZURE_TENANT_ID"),
    ):
        value = environ.get(variable)
        if value and not values[key].is_given:
            values.change(key, value, f"environment {variable}", Source.ENVIRONMENT)


def follow_tenant(values: Values, kind: str, tenant: str) -> None:
    """Put the addresses of a tenant where none are given."""
    place, source = values["azure_tenant"].place, values["azure_tenant"].source
    base = f"{LOGIN}/{tenant}"
    addresses = {"oidc_issuer_url": f"{base}/v2.0" if kind == ENTRA else base}
    if values.is_on("skip_oidc_discovery"):
        addresses |= {key: base + path for key, path in ENDPOINTS[kind].items()}
    for key, address in addresses.items():
        if values.is_missing(key):
            values.change(key, address, place, source)


def refuse_without_issuer(values: Values, findings: Findings) -> None:
    """Note that nobody said whose accounts may sign in."""
    if not values["azure_tenant"].is_given:  # a tenant that cannot be read was told already
        findings.refuse(
            values.place("oidc_issuer_url"),
            "required, and not given",
            f"Give {LOGIN}/TENANT/v2.0, or only --azure-tenant=TENANT.",
        )


def check_entra(values: Values, findings: Findings) -> None:
    """Check tenants and, with azure, what the older endpoints know."""
    tenants = values.items_of("entra_id_allowed_tenants")
    for tenant in tenants:
        if not GUID.fullmatch(tenant.lower()):
            findings.refuse(
                values.place("entra_id_allowed_tenants"),
                f'"{tenant}" is not the id of a tenant',
                "Write the tenant id, which looks like 00000000-0000-0000-0000-000000000000.",
            )
    entry = values["entra_id_allowed_tenants"]
    lowered = tuple(tenant.lower() for tenant in tenants)
    values.change("entra_id_allowed_tenants", lowered, entry.place, entry.source)
    if is_shared(values.text("oidc_issuer_url")):
        warn_of_many_tenants(values, findings, is_limited=bool(tenants))
    check_resource(values, findings)


def warn_of_many_tenants(values: Values, findings: Findings, *, is_limited: bool) -> None:
    """Say what an issuer of many tenants means."""
    place = values.place("oidc_issuer_url")
    if not is_limited:
        findings.warn(
            place,
            "accounts of every organization can sign in; name those that may with"
            " --entra-id-allowed-tenant",
        )
    findings.warn(
        place,
        "of many tenants: an email address counts only where the ID token has the optional claim"
        " xms_edov, for elsewhere an administrator can write anybody's address into an account",
    )


def check_resource(values: Values, findings: Findings) -> None:
    """Refuse a resource where the endpoint takes scopes."""
    if values.text("resource") and not is_older(values):
        findings.refuse(
            values.place("resource"),
            "the endpoints of today (v2.0) take no resource",
            f'Write --scope="openid email profile {values.text("resource")}/.default" instead.',
        )


def is_older(values: Values) -> bool:
    """Tell whether people sign in at the older endpoints, which know neither scopes nor v2.0."""
    address = values.text("login_url") or values.text("oidc_issuer_url")
    return values.text("provider") == AZURE and "/v2.0" not in address


def is_shared(issuer: str) -> bool:
    """Tell whether an issuer is that of many tenants."""
    try:
        path = urlsplit(issuer).path
    except ValueError:
        return False
    return path.strip("/").partition("/")[0] in SHARED
