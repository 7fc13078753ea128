"""Checks of the options of Google."""

import json
from typing import Any

from sidegate.config.findings import Findings, Malformed
from sidegate.config.key_material import ReadFile, read_readable
from sidegate.config.settings import GoogleServiceAccount
from sidegate.config.values import Values

ASKS = ("google_groups", "google_use_organization_id")
FILE = "google_service_account_json"
MACHINE = "google_use_application_default_credentials"


def check_google(values: Values, findings: Findings, read_file: ReadFile) -> dict[str, object]:
    """Return the service account, or None; note what does not fit together."""
    if values[FILE].value and values.is_on(MACHINE):
        findings.refuse(
            values.place(FILE),
            "two ways to ask the directory, here and by --google-use-application-default-"
            "credentials",
            "Keep one of them.",
        )
    has_way = bool(values[FILE].value) or values.is_on(MACHINE)
    for key in ASKS:
        if values[key].value and not has_way:
            findings.refuse(
                values.place(key),
                "the directory cannot be asked without credentials",
                "Give --google-service-account-json=FILE, or on Google Cloud "
                "--google-use-application-default-credentials; see docs/providers/google.md.",
            )
    if has_way and values.is_missing("google_admin_email"):
        findings.refuse(
            values.place("google_admin_email"),
            "required to ask the directory, and not given",
            "Name an administrator who may read groups.",
        )
    return {"google_service_account": _account(values, findings, read_file)}


def _account(
    values: Values, findings: Findings, read_file: ReadFile
) -> GoogleServiceAccount | None:
    path, place = values.text(FILE), values.place(FILE)
    if not path:
        return None
    content = read_readable(place, path, findings, read_file)
    if content is None:
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    account = _read(found) if isinstance(found, dict) else None
    if account is None:
        findings.refuse(
            place,
            f"{path} is no key of a service account",
            "Download the key as JSON: it has type, client_email, private_key_id and private_key.",
        )
    return account


def _read(found: dict[str, Any]) -> GoogleServiceAccount | None:
    if found.get("type") != "service_account":
        return None
    match [found.get(name) for name in ("client_email", "private_key_id", "private_key")]:
        case [str(email), str(key_id), str(pem)]:
            from sidegate.config.client_key import read_client_key  # noqa: PLC0415 - few have one

            try:
                key = read_client_key(pem.encode())
            except Malformed:
                return None
            return GoogleServiceAccount(email=email, key_id=key_id, key=key)
    return None
