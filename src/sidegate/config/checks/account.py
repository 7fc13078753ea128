"""Checks of how somebody asks for erasure."""

import base64
import binascii

from sidegate.config.addresses import is_visible, parse_public_url
from sidegate.config.findings import Findings, Malformed
from sidegate.config.key_material import ReadFile, find_optional_secret
from sidegate.config.values import Values
from sidegate.core.secret import Secret

LINK, URL, SECRET = "erasure_link", "erasure_request_url", "erasure_request_secret"
LEAST = 24
"""Bytes of a secret, as Standard Webhooks has it."""
BASE64 = "whsec_"


def check_account(values: Values, findings: Findings, read_file: ReadFile) -> dict[str, object]:
    """Check the page of people themselves; return the fields that differ from what was written."""
    link, url = values.text(LINK), values.text(URL)
    if link and url:
        findings.refuse(
            values.place(URL), "there are two ways to ask for erasure", f"Keep {LINK} or {URL}."
        )
    if link:
        _check(values, LINK, findings)
    if url:
        _check(values, URL, findings)
    if (link or url) and not values.is_on("account_page"):
        findings.warn(values.place(LINK if link else URL), "does nothing without account_page")
    secret = find_optional_secret(values, SECRET, findings, read_file)
    return {SECRET: _key(values, secret, findings, is_needed=bool(url))}


def _check(values: Values, key: str, findings: Findings) -> None:
    text = values.text(key)
    try:
        if key == LINK and text.startswith("mailto:") and is_visible(text) and "@" in text:
            return
        parse_public_url(text)
    except Malformed as reason:
        findings.refuse(values.place(key), reason.what, reason.remedy)


def _key(
    values: Values, secret: Secret[str], findings: Findings, *, is_needed: bool
) -> Secret[bytes]:
    """Return the bytes that sign, none where nothing is signed."""
    text = secret.reveal()
    is_given = bool(text or values.text(SECRET) or values.text(f"{SECRET}_file"))
    if not is_given:
        if is_needed:
            findings.refuse(
                values.place(f"{SECRET}_file"),
                f"required with {URL}, and not given",
                "Give --erasure-request-secret-file=FILE.",
            )
        return Secret(b"")
    try:
        key = _decoded(text)
    except binascii.Error:
        findings.refuse(values.place(SECRET), f"no base64 after {BASE64}", "Copy it whole.")
        return Secret(b"")
    if text and len(key) < LEAST:
        findings.refuse(
            values.place(SECRET),
            f"the secret has {len(key)} bytes, {LEAST} are the least",
            "Make one with `sidegate secret`.",
        )
    return Secret(key)


def _decoded(text: str) -> bytes:
    if text.startswith(BASE64):
        return base64.b64decode(text.removeprefix(BASE64), validate=True)
    return text.encode()
