"""Checks of what the application is told: claims as fields, and identity tokens."""

import re
from typing import Final
from urllib.parse import urlsplit

from sidegate.config.addresses import parse_public_url
from sidegate.config.findings import Findings, Malformed
from sidegate.config.values import Values

FIELD = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
CLAIM = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")

_TAKEN: Final = (
    "accept-encoding authorization connection content-encoding content-length content-type "
    "cookie date expect forwarded gap-auth gap-signature host http2-settings keep-alive "
    "origin proxy proxy-authenticate proxy-authorization proxy-connection range referer "
    "set-cookie te trailer transfer-encoding upgrade via x-forwarded-access-token "
    "x-forwarded-email x-forwarded-for x-forwarded-groups x-forwarded-host x-forwarded-id- "
    "token x-forwarded-method x-forwarded-port x-forwarded-preferred-username x-forwarded- "
    "proto x-forwarded-uri x-forwarded-user x-real-ip x-auth-request-access-token x-auth- "
    "request-email x-auth-request-groups x-auth-request-jwt x-auth-request-preferred- "
    "username x-auth-request-redirect x-auth-request-user x-request-id access-control- "
    "request-headers access-control-request-method "
)
TAKEN: Final = frozenset(_TAKEN.split())
"""Fields that mean something already, in HTTP or from us."""

SHORTEST, LONGEST = 30.0, 3600.0
TOKEN_OPTIONS = ("identity_token_issuer", "identity_token_audience")


def check_headers(values: Values, findings: Findings) -> tuple[dict[str, object], tuple[str, ...]]:
    """Check what an application is told; return its fields, and the claims that they ask for."""
    fields = resolve_claim_headers(values, findings)
    resolved = {"claim_headers": fields, **resolve_token(values, findings)}
    return resolved, tuple(claim for _, claim in fields)


def resolve_token(values: Values, findings: Findings) -> dict[str, object]:
    """Return what was worked out for identity tokens."""
    if not values.is_on("pass_identity_token"):
        for key in TOKEN_OPTIONS:
            if values.text(key):
                findings.refuse(
                    values.place(key),
                    "does nothing without --pass-identity-token",
                    "Add that, or remove this.",
                )
        return {}
    check_lifetime(values, findings)
    return {
        "identity_token_issuer": resolve_issuer(values, findings),
        "identity_token_audience": resolve_audience(values, findings),
    }


def resolve_claim_headers(values: Values, findings: Findings) -> tuple[tuple[str, str], ...]:
    """Return fields and claims; no field can be given twice, or mean something else."""
    place, found = values.place("claim_headers"), dict[str, tuple[str, str]]()
    for entry in values.items_of("claim_headers"):
        field, _, claim = (part.strip() for part in entry.partition("="))
        if not FIELD.fullmatch(field) or not CLAIM.fullmatch(claim):
            findings.refuse(
                place,
                f'"{entry}" is no field and claim',
                "Write FIELD=CLAIM, such as X-Department=department.",
            )
        elif field.lower() in TAKEN or field.lower().startswith("sec-"):
            findings.refuse(
                place,
                f"{field} means something else already",
                f"Take another name, such as X-Claim-{claim.rpartition('.')[2].title()}.",
            )
        elif field.lower() in found:
            findings.refuse(place, f"{field} is given twice", "Keep one of them.")
        else:
            found[field.lower()] = field, claim
    return tuple(found.values())


def check_lifetime(values: Values, findings: Findings) -> None:
    """Note a lifetime in which no token arrives, or one as long as a session."""
    if not SHORTEST <= values.number("identity_token_lifetime") <= LONGEST:
        findings.refuse(
            values.place("identity_token_lifetime"),
            "must be from 30 seconds to an hour",
            "Write 2m: a new token comes with each request anyway.",
        )


def resolve_issuer(values: Values, findings: Findings) -> str:
    """Return the issuer, which without an option is the gate's own address."""
    issuer, redirect = values.text("identity_token_issuer"), values.text("redirect_url")
    if issuer:
        try:
            parse_public_url(issuer)
        except Malformed as reason:
            findings.refuse(values.place("identity_token_issuer"), reason.what, reason.remedy)
        return issuer
    parts = urlsplit(redirect)
    if not parts.scheme or not parts.netloc:
        findings.refuse(
            values.place("identity_token_issuer"),
            "required with --pass-identity-token and without --redirect-url, and not given",
            "Give the address of the gate, such as https://app.example.com/oauth2.",
        )
    return f"{parts.scheme}://{parts.netloc}{values.text('proxy_prefix')}"


def resolve_audience(values: Values, findings: Findings) -> str:
    """Return the audience: an application that takes any token would take that of another one."""
    audience = values.text("identity_token_audience")
    if not audience or not audience.isascii() or not audience.isprintable() or " " in audience:
        what = "is no name" if audience else "required with --pass-identity-token, and not given"
        findings.refuse(
            values.place("identity_token_audience"),
            what,
            "Name the application, such as https://app.example.com; where one gate has many, "
            "https://{host}.",
        )
    return audience
