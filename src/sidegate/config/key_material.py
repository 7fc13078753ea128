"""Secrets: found in exactly one place, read from files, and the cookie secret decoded."""

import base64
import binascii
from collections.abc import Callable

from sidegate.config.findings import Findings, Malformed
from sidegate.config.values import Effective, Source, Values
from sidegate.core.secret import Secret

ReadFile = Callable[[str], bytes]
"""Returns the content of a file by its path. Raises OSError."""

KEY_BYTES = 32
MOST_SECRETS = 64
MAKE_ONE = "Make one with `sidegate secret` and give its file as --cookie-secret-file."


def decode_cookie_secret(content: bytes) -> bytes:
    """Return the 32 bytes of a cookie secret: hex, base64 (either alphabet) or raw.

    Raises Malformed. The forms cannot be mistaken for each other: 32 bytes are 64 hex digits or
    43 or 44 characters of base64.
    """
    if len(content) == KEY_BYTES:
        return content
    for decode in (decode_hex, decode_base64):
        key = decode(content)
        if key is not None and len(key) == KEY_BYTES:
            return key
    raise Malformed(
        f"the cookie secret is not {KEY_BYTES} bytes as base64, hex or raw "
        f"(it has {len(content)} characters)",
        MAKE_ONE,
    )


def parse_ring(content: bytes) -> tuple[Secret[bytes], ...]:
    """Return the cookie secrets of a file: one, or several, one a line and the newest first.

    Empty lines and lines that begin with `#` are none. A file that is one secret as a whole is
    just that, also when raw bytes of it are line ends. Raises Malformed, with the number of a line.
    """
    whole = without_line_end(content)
    lines = [line.strip() for line in whole.split(b"\n")]
    given = [(number, line) for number, line in enumerate(lines, 1) if line and line[:1] != b"#"]
    if len(lines) == 1 or len(whole) == KEY_BYTES:
        return (Secret(decode_cookie_secret(whole)),)
    if not given:
        raise Malformed("holds no cookie secret", MAKE_ONE)
    if len(given) > MOST_SECRETS:
        raise Malformed(f"holds more than {MOST_SECRETS} cookie secrets", "Remove the oldest.")
    found = []
    for number, line in given:
        try:
            found.append(Secret(decode_cookie_secret(line)))
        except Malformed as reason:
            raise Malformed(f"line {number}: {reason.what}", reason.remedy) from None
    return tuple(dict.fromkeys(found))


def without_line_end(content: bytes) -> bytes:
    """Return the content of a secret's file without one final newline."""
    return content.removesuffix(b"\n").removesuffix(b"\r")


def looks_shorter(content: bytes) -> bool:
    """Say whether 32 raw bytes look like the text of a shorter secret, in hex or base64."""
    return len(content) == KEY_BYTES and any(
        decode(content) is not None for decode in (decode_hex, decode_base64)
    )


def decode_hex(content: bytes) -> bytes | None:
    """Return what hex digits stand for, or None."""
    try:
        return binascii.unhexlify(content)
    except binascii.Error:
        return None


def decode_base64(content: bytes) -> bytes | None:
    """Return what base64 of either alphabet stands for, padded or not, or None."""
    standard = content.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    if len(content) - len(standard) > 2:
        return None
    try:
        return base64.b64decode(standard + b"=" * (-len(standard) % 4), validate=True)
    except binascii.Error:
        return None


def find_secret(
    values: Values, key: str, findings: Findings, read_file: ReadFile
) -> tuple[str, bytes] | None:
    """Return the place and content of a secret given as `key` or `key_file`, or note why not."""
    file_key = f"{key}_file"
    flag, file_flag = (f"--{name.replace('_', '-')}" for name in (key, file_key))
    if values.text(key) and values.text(file_key):
        findings.refuse(
            values.place(file_key),
            f"the secret is given twice, here and by {values.place(key)}",
            f"Keep {file_flag} and remove {flag}.",
        )
        return None
    if values.text(file_key):
        return read_secret(values.place(file_key), values.text(file_key), findings, read_file)
    if values.text(key):
        return values.place(key), values.text(key).encode("utf-8", "surrogateescape")
    if values.is_missing(key) and values.is_missing(file_key):
        remedy = MAKE_ONE if key == "cookie_secret" else f"Give it as {file_flag}=FILE."
        findings.refuse(values.place(file_key), "required, and not given", remedy)
    return None


def find_optional_secret(
    values: Values, key: str, findings: Findings, read_file: ReadFile
) -> Secret[str]:
    """Return the secret given as `key` or `key_file`, empty where it is not given."""
    if not values.text(key) and not values.text(f"{key}_file"):
        return Secret("")
    found = find_secret(values, key, findings, read_file)
    try:
        return Secret("" if found is None else without_line_end(found[1]).decode("utf-8"))
    except UnicodeDecodeError:
        findings.refuse(values.place(key), "not UTF-8 text", "Save the secret as plain text.")
        return Secret("")


def read_secret(
    place: str, path: str, findings: Findings, read_file: ReadFile
) -> tuple[str, bytes] | None:
    """Read a secret's file, whole."""
    content = read_readable(place, path, findings, read_file)
    if content is None:
        return None
    if not without_line_end(content):
        findings.refuse(place, f"the file {path} is empty", "Put the secret into it.")
        return None
    return f"{place} ({path})", content


def read_readable(place: str, path: str, findings: Findings, read_file: ReadFile) -> bytes | None:
    """Return the content of a file, or note that it cannot be read."""
    try:
        return read_file(path)
    except (OSError, ValueError) as reason:
        why = reason.strerror if isinstance(reason, OSError) and reason.strerror else "no such path"
        findings.refuse(
            place, f"cannot read {path}: {why}", "Check the path and who may read the file."
        )
        return None


def resolve_cookie_secrets(
    values: Values, findings: Findings, read_file: ReadFile
) -> tuple[Secret[bytes], ...]:
    """Return the keys that open sessions, the newest first, or note what is wrong."""
    found = find_secret(values, "cookie_secret", findings, read_file)
    if found is None:
        return ()
    is_file = bool(values.text("cookie_secret_file"))
    if looks_shorter(without_line_end(found[1]) if is_file else found[1]):
        findings.warn(
            found[0],
            "32 characters that are hex or base64 stand for less than 32 bytes; they are taken as"
            " they are. `sidegate secret` makes a whole one",
        )
    try:
        if is_file:
            return parse_ring(found[1])
        return (Secret(decode_cookie_secret(found[1])),)
    except Malformed as reason:
        findings.refuse(found[0], reason.what, reason.remedy)
        return ()


def resolve_client_secret(
    values: Values, findings: Findings, read_file: ReadFile
) -> Secret[str] | None:
    """Return the client secret, or note what is wrong."""
    found = find_secret(values, "client_secret", findings, read_file)
    if found is None:
        return None
    is_file = bool(values.text("client_secret_file"))
    try:
        return parse_client_secret(found[1]) if is_file else Secret(found[1].decode("utf-8"))
    except Malformed as reason:
        findings.refuse(found[0], reason.what, reason.remedy)
        return None


def parse_client_secret(content: bytes) -> Secret[str]:
    """Return the client secret of a file. Raises Malformed."""
    try:
        text = without_line_end(content).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("not UTF-8 text", "Save the secret as plain text.") from None
    if not text:
        raise Malformed("is empty", "Put the secret into it.")
    return Secret(text)


def _may_hold_a_secret(entry: Effective) -> bool:
    """Say whether a value may give something away: an address without a user does not."""
    is_address = entry.option.key.endswith(("_url", "_urls"))
    return not is_address or "@" in str(entry.value)


def warn_of_exposed_secrets(values: Values, findings: Findings) -> None:
    """Warn of secrets that others can see: in `ps`, in crash reports, below /proc."""
    for entry in values.values():
        if (
            entry.option.secret
            and entry.value
            and _may_hold_a_secret(entry)
            and entry.source in (Source.FLAG, Source.ENVIRONMENT)
        ):
            seen = "in the process list" if entry.source is Source.FLAG else "in the environment"
            remedy = "write it into the configuration file instead"
            if f"{entry.option.key}_file" in values:
                remedy = f"give it as a file instead, with --{entry.option.flag}-file"
            findings.warn(entry.where, f"a secret {seen} can be seen; {remedy}")
