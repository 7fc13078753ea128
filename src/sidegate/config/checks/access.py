"""Checks of who may pass: email domains, patterns, return hosts."""

import re

from sidegate.config.addresses import is_host
from sidegate.config.checks.cors import resolve_origins
from sidegate.config.emails_file import parse_emails
from sidegate.config.findings import Findings, Malformed
from sidegate.config.key_material import ReadFile, read_readable
from sidegate.config.values import Values

SPLIT = re.compile(r"!?=")
METHOD = re.compile(r"[A-Za-z]*")
RETURN_HOST = re.compile(
    r"(?P<sub>\*?\.)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]/@\s]+)(?::(?P<port>[0-9]{1,5}|\*))?"
)


def check_access(values: Values, findings: Findings, read_file: ReadFile) -> dict[str, object]:
    """Check who may pass; return the fields whose value differs from what was written."""
    check_emails_file(values, findings, read_file)
    check_password_file(values, findings, read_file)
    check_patterns(values, findings)
    if values.items_of("csrf_exempt_routes") and not values.is_on("csrf_protect_upstream"):
        findings.refuse(
            values.place("csrf_exempt_routes"),
            "excepts from a protection that is off",
            "Add --csrf-protect-upstream, or remove it.",
        )
    return {
        "cors_allowed_origins": resolve_origins(values, findings),
        "email_domains": resolve_email_domains(values, findings),
        "whitelist_domains": resolve_return_hosts(values, findings),
    }


def check_emails_file(values: Values, findings: Findings, read_file: ReadFile) -> None:
    """Note what is wrong with the file of email addresses."""
    path, place = (
        values.text("authenticated_emails_file"),
        values.place("authenticated_emails_file"),
    )
    content = read_readable(place, path, findings, read_file) if path else None
    if content is None:
        return
    try:
        parse_emails(content.decode("utf-8"))
    except UnicodeDecodeError:
        findings.refuse(place, f"{path}: not UTF-8", "Save it as UTF-8.")
    except Malformed as reason:
        findings.refuse(place, f"{path}: {reason.what}", reason.remedy)


def check_password_file(values: Values, findings: Findings, read_file: ReadFile) -> None:
    """Note what is wrong with the file of users and passwords, and which hashes are weak."""
    path, place = values.text("htpasswd_file"), values.place("htpasswd_file")
    if not path:
        return
    content = read_readable(place, path, findings, read_file)
    if content is None:
        return
    from sidegate.config.password_file import (  # noqa: PLC0415 - only who has such a file pays
        parse_password_file,
    )

    try:
        warnings = parse_password_file(content).warnings
    except Malformed as reason:
        findings.refuse(place, f"{path}: {reason.what}", reason.remedy)
        return
    for warning in warnings:
        findings.warn(place, f"{path}: {warning}")


def resolve_email_domains(values: Values, findings: Findings) -> tuple[str, ...]:
    """Return the domains in lower case; everybody is let in only where that was said."""
    domains, place = values.items_of("email_domains"), values.place("email_domains")
    listing = ("email_domains", "authenticated_emails_file", "htpasswd_file")
    if all(values.is_missing(key) for key in listing):
        findings.refuse(
            place,
            "nobody could sign in: no email domain and no file of addresses or users",
            'Give --email-domain=example.com, or --email-domain="*" for everybody.',
        )
    for domain in domains:
        if domain == "*":
            findings.warn(place, '"*" lets in everybody who has an account at the provider')
        elif domain.endswith(".") or not is_host(
            domain.removeprefix("*." if domain.startswith("*") else ".")
        ):
            findings.refuse(
                place,
                f'"{domain}" is no domain',
                "Write it as in example.com, .example.com or *.example.com, one entry each.",
            )
    return tuple(domain.lower() for domain in domains)


def resolve_return_hosts(values: Values, findings: Findings) -> tuple[str, ...]:
    """Return the hosts people may be sent back to, in lower case."""
    hosts = values.items_of("whitelist_domains")
    for host in hosts:
        match = RETURN_HOST.fullmatch(host)
        if not match or not is_host(match["host"].strip("[]")):
            findings.refuse(
                values.place("whitelist_domains"),
                f'"{host}" is no host',
                "Write HOST, .HOST or *.HOST, with :PORT or :* where needed, without https://.",
            )
    return tuple(host.lower() for host in hosts)


def check_patterns(values: Values, findings: Findings) -> None:
    """Patterns compile on RE2; a route names a method in letters or none."""
    for key in ("skip_auth_routes", "csrf_exempt_routes"):
        for route in values.items_of(key):
            check_route(route, values.place(key), findings)
    for pattern in values.items_of("api_routes"):
        check_pattern(pattern, values.place("api_routes"), findings)


def check_route(route: str, place: str, findings: Findings) -> None:
    """Note a route whose method or pattern is none."""
    method, pattern = split_route(route)
    if not METHOD.fullmatch(method):
        findings.refuse(
            place,
            f'"{method}" before the first = is no method',
            "Write METHOD=REGEX, or =REGEX where the pattern itself holds an equals sign.",
        )
    check_pattern(pattern, place, findings)


def split_route(route: str) -> tuple[str, str]:
    """Split METHOD=REGEX or METHOD!=REGEX at the first of the two; a bare REGEX has no method."""
    parts = SPLIT.split(route, maxsplit=1)
    return (parts[0], parts[1]) if len(parts) > 1 else ("", route)


def check_pattern(pattern: str, place: str, findings: Findings) -> None:
    """Note a pattern that is empty, which would match all, or that RE2 refuses."""
    import re2  # noqa: PLC0415 - costs 3 MB, only who configures patterns pays

    if not pattern.isprintable():
        return  # told already; RE2 takes no broken UTF-8
    if not pattern:
        findings.refuse(place, "an empty pattern matches every path", "Write a pattern.")
        return
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as reason:
        why = reason.args[0] if reason.args else "unknown"
        text = why.decode(errors="replace") if isinstance(why, bytes) else str(why)
        findings.refuse(
            place,
            f'the pattern "{pattern}" is not accepted: {text}',
            "Use the syntax of RE2 (no look-around, no back-references).",
        )
