"""Issuers of Microsoft Entra ID: one per tenant, described by documents that many tenants share.

A document for `common` or `organizations` names its issuer as a template with `{tenantid}` in it.
A token's issuer is the template filled with the token's own tenant, and the key that signed it has
to be one that may sign for that tenant.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from sidegate.core.errors import IdTokenRejected, ProviderMisbehaved
from sidegate.oidc.claims import Claims
from sidegate.oidc.jwks import VerificationKey

TENANT: Final = "{tenantid}"
_GUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_IS_GUID = re.compile(_GUID)
# Of the older endpoints (v1), whose tokens name another host than the one that was asked.
_OLDER_ISSUERS: Final = {
    "login.partner.microsoftonline.cn": "https://sts.chinacloudapi.cn/",
    "login.chinacloudapi.cn": "https://sts.chinacloudapi.cn/",
}
_OLDER_ISSUER: Final = "https://sts.windows.net/"
_SHARED: Final = ("common", "organizations")
_PERSONAL: Final = ("consumers", "9188040d-6c67-4c5b-b112-36a304b66dad")


def check_named_issuer(named: str, configured: str) -> None:
    """Compare the issuer of a discovery document with the address it came from.

    They are equal, or the document's names by id, or as a template, the tenant that the address
    names otherwise: `common`, `organizations`, `consumers` or a domain. Raises ProviderMisbehaved.
    """
    if named == configured:
        return
    asked = tenant_part(configured)
    before, part, after = _split(named)
    if is_guid(asked):
        is_ours = part.lower() == asked.lower()
    else:
        is_ours = part == TENANT if asked in _SHARED else is_guid(part)
    if not is_ours or (before, after) != _frame(configured):
        raise ProviderMisbehaved(
            f"discovery document is of issuer {named!r}, which does not belong to {configured!r}"
        )


def assumed_issuer(configured: str) -> str:
    """Return the issuer that tokens name whose document is not asked for."""
    asked = tenant_part(configured)
    before, after = _frame(configured)
    if asked in _SHARED:
        return before + TENANT + after
    return before + asked + after if is_guid(asked) else configured


def issuer_of(named: str, claims: Claims) -> str:
    """Return the issuer that a token with these claims has to name. Raises IdTokenRejected."""
    if TENANT not in named:
        return named
    tenant = claims.get("tid")
    if not isinstance(tenant, str) or not is_guid(tenant):
        raise IdTokenRejected("tid of the token is missing, or not the id of a tenant")
    return named.replace(TENANT, tenant)


def keys_for(issuer: str, keys: tuple[VerificationKey, ...]) -> tuple[VerificationKey, ...]:
    """Return the keys that may sign for the tenant of `issuer`; a key that names none may."""
    tenant = tenant_of(issuer)
    return tuple(
        key
        for key in keys
        if key.issuer is None or TENANT in key.issuer or tenant_of(key.issuer) == tenant
    )


def tenant_of(issuer: str) -> str:
    """Return the id of the tenant that an issuer names, in small letters, or empty text."""
    part = tenant_part(issuer)
    return part.lower() if is_guid(part) else ""


def tenant_part(address: str) -> str:
    """Return what stands for the tenant in an address, the first part of its path."""
    return urlsplit(address).path.strip("/").partition("/")[0]


def is_guid(text: str) -> bool:
    """Say whether a text is the id of a tenant."""
    return _IS_GUID.fullmatch(text) is not None


def is_shared(address: str) -> bool:
    """Say whether whoever signs in there may be of any tenant, or have a personal account."""
    return tenant_part(address).lower() in (*_SHARED, *_PERSONAL, TENANT)


def _split(issuer: str) -> tuple[str, str, str]:
    parts, part = urlsplit(issuer), tenant_part(issuer)
    after = parts.path.removeprefix(f"/{part}")
    return f"{parts.scheme}://{parts.netloc}/", part, after


def _frame(configured: str) -> tuple[str, str]:
    """Return what stands before and after the tenant in the issuers of an address."""
    parts = urlsplit(configured)
    before, _, after = _split(configured)
    if after.rstrip("/") == "/v2.0":
        return before, "/v2.0"
    return _OLDER_ISSUERS.get(parts.hostname or "", _OLDER_ISSUER), "/"
