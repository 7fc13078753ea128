"""Checks of how the gate proves to the provider who it is: by a secret, or by an assertion.

Exactly one way is given; two of them, or one that the chosen method does not use, are a mistake.
"""

from sidegate.config.findings import Findings, Malformed
from sidegate.config.key_material import (
    ReadFile,
    find_secret,
    read_readable,
    resolve_client_secret,
)
from sidegate.config.settings import ClientKey
from sidegate.config.values import Values
from sidegate.core.secret import Secret

BY_ASSERTION = "private_key_jwt"
KEY = ("jwt_key_file", "jwt_key")
KEY_DETAILS = ("jwt_key_id", "token_endpoint_auth_signing_alg", "client_assertion_audience")
ASSERTION = ("client_assertion_file",)
SECRET = ("client_secret_file", "client_secret")


def check_client(values: Values, findings: Findings, read_file: ReadFile) -> dict[str, object]:
    """Check how the gate proves who it is to a provider; return its fields of `Settings`."""
    if asserts(values):
        check_assertion(values, findings, read_file)
        return {
            "client_secret": Secret(""),
            "jwt_key": resolve_client_key(values, findings, read_file),
        }
    for key in (*KEY, *ASSERTION, *KEY_DETAILS):
        refuse_unused(values, key, findings)
    return {
        "client_secret": resolve_client_secret(values, findings, read_file),
        "jwt_key": None,
    }


def given(values: Values, keys: tuple[str, ...]) -> str:
    """Return the first of these options that says something, or empty text."""
    return next((key for key in keys if values.text(key)), "")


def asserts(values: Values) -> bool:
    """Tell whether an assertion is shown rather than a secret."""
    method = values.text("token_endpoint_auth_method")
    return method == BY_ASSERTION if method else bool(given(values, (*KEY, *ASSERTION)))


def check_assertion(values: Values, findings: Findings, read_file: ReadFile) -> None:
    """Check that an assertion comes from a key or from a file, and that a file can be read."""
    key, file = given(values, KEY), given(values, ASSERTION)
    for name in SECRET:
        if values.is_on("entra_id_federated_token_auth") and values.text(name):
            # oauth2-proxy starts with both, so many configurations have both.
            findings.warn(values.place(name), "is not used with a workload identity; remove it")
        else:
            refuse_unused(values, name, findings)
    if not key and not file:
        findings.refuse(
            values.place("token_endpoint_auth_method"),
            "private_key_jwt needs a private key, or an assertion that somebody renews",
            "Give --jwt-key-file=FILE, or --client-assertion-file=FILE.",
        )
    if key and file:
        findings.refuse(
            values.place(file), f"is given besides {values.place(key)}", "Keep one of the two."
        )
    if file:
        read_readable(values.place(file), values.text(file), findings, read_file)
        for name in KEY_DETAILS:
            refuse_unused(values, name, findings)


def refuse_unused(values: Values, key: str, findings: Findings) -> None:
    """Note an option that the chosen way of authentication never looks at."""
    if values.text(key):
        findings.refuse(
            values.place(key),
            "is not used by this way of client authentication",
            "Remove it, or choose another --token-endpoint-auth-method.",
        )


def resolve_client_key(values: Values, findings: Findings, read_file: ReadFile) -> ClientKey | None:
    """Return the private key, None where there is none or something is wrong with it."""
    if not given(values, KEY):
        return None
    found = find_secret(values, "jwt_key", findings, read_file)
    if found is None:
        return None
    place, content = found
    from sidegate.config.client_key import ALGORITHMS, read_client_key  # noqa: PLC0415 - costs 2 MB

    try:
        key = read_client_key(content)
    except Malformed as reason:
        findings.refuse(place, reason.what, reason.remedy)
        return None
    named = values.text("token_endpoint_auth_signing_alg")
    if named and named not in ALGORITHMS[key.kind]:
        findings.refuse(
            values.place("token_endpoint_auth_signing_alg"),
            f"{named} cannot be made with a key of kind {key.kind}",
            f"Write {' or '.join(ALGORITHMS[key.kind])}, or leave it out.",
        )
    return key
