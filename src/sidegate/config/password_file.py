"""Reads a file of users and password hashes (`htpasswd_file`), as oauth2-proxy reads it.

One `USER:HASH` a line. Empty lines are skipped, and lines that begin with `#`. Spaces before a
field are skipped, a field may stand in double quotes, and a user named twice has the later hash.

Rule 1: a line that is no `USER:HASH` refuses the whole file.
Rule 2: a hash of a kind that is not accepted leaves its user out, with a warning. As the last
        entry it refuses the file, as with oauth2-proxy: a file that is still being written ends so.
Rule 3: no message quotes a line, which may hold a password.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sidegate.config.findings import Malformed

MOST_BYTES: Final = 4 << 20
LONGEST_USER: Final = 255
_ACCEPTED = "Make it with `htpasswd -B FILE USER` (bcrypt), or give an argon2id hash."
_SHA_BYTES = 20
_BCRYPT_LETTERS = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_SALT_END = 28  # behind `$2b$04$`, the last of 22 letters
_MOST_KIBIBYTES = 1 << 20
_MOST_PASSES = 100
# Fixed patterns of ours, linear, run once per line when the file is read.
_LINE = re.compile(r"""\s*(?:"([^"]*)"|([^:"\s][^:"]*)):\s*(?:"([^"]*)"|([^:"\s][^:"]*)?)""")
_BCRYPT = re.compile(r"\$2[abxy]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}")
_ARGON2 = re.compile(
    r"\$argon2id\$v=19\$(m=([1-9][0-9]{0,8}),t=([1-9][0-9]{0,8}),p=([1-9][0-9]{0,2}))"
    r"\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """The hash of one user. `kind`: `bcrypt`, `argon2id` or `sha1`.

    `cost`: equal for hashes that take equally long to check; `text` is the hash that the file
    holds.
    """

    kind: str
    cost: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasswordFile:
    """The users of a file, and what an operator should know of it."""

    entries: Mapping[str, Entry] = field(repr=False)
    warnings: tuple[str, ...]


def parse_password_file(content: bytes) -> PasswordFile:
    """Return the users of a file. Raises Malformed, with every line that is wrong."""
    if len(content) > MOST_BYTES:
        raise Malformed(f"is larger than {MOST_BYTES >> 20} MiB", "Give a file of users.")
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise Malformed("is not UTF-8 text", "Save it as plain text.") from None
    entries: dict[str, Entry] = {}
    broken: list[int] = []
    unknown: list[int] = []
    last = 0
    for number, line in enumerate(lines, 1):
        text = line.removesuffix("\r")
        if not text.strip() or text.startswith("#"):
            continue
        last = number
        pair = _fields(text)
        if pair is None:
            broken.append(number)
        elif (entry := parse_hash(pair[1])) is None:
            unknown.append(number)
        else:
            entries[pair[0]] = entry
    _refuse(entries, broken, unknown, last)
    return PasswordFile(entries, tuple(_warnings(entries, unknown)))


def parse_hash(text: str) -> Entry | None:
    """Return a hash of a kind that is accepted, else None."""
    if text.startswith("{SHA}"):
        return Entry("sha1", "sha1", text) if _is_sha(text[5:]) else None
    if match := _BCRYPT.fullmatch(text):
        return Entry("bcrypt", f"bcrypt {match[1]}", _with_plain_salt(text))
    match = _ARGON2.fullmatch(text)
    if match is None:
        return None
    memory, passes, lanes = (int(match[group]) for group in (2, 3, 4))
    if not 8 * lanes <= memory <= _MOST_KIBIBYTES or passes > _MOST_PASSES:
        return None
    return Entry("argon2id", f"argon2id {match[1]},{len(match[5])},{len(match[6])}", text)


def _with_plain_salt(text: str) -> str:
    """Return a bcrypt hash whose salt ends as it has to: four bits of its last letter are unused.

    Some programs leave something there, for which our bcrypt would raise.
    """
    last = _BCRYPT_LETTERS.index(text[_SALT_END]) & 0b110000
    return f"{text[:_SALT_END]}{_BCRYPT_LETTERS[last]}{text[_SALT_END + 1 :]}"


def _fields(line: str) -> tuple[str, str] | None:
    """Return user and hash, or None when the line is anything else than these two."""
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    user, digest = match[1] or match[2] or "", match[3] or match[4] or ""
    return (user, digest) if user.isprintable() and 0 < len(user) <= LONGEST_USER else None


def _is_sha(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == _SHA_BYTES
    except ValueError:  # not base64, or not even ASCII
        return False


def _refuse(entries: Mapping[str, Entry], broken: list[int], unknown: list[int], last: int) -> None:
    if broken:
        raise Malformed(
            f"{_lines(broken)} is not USER:HASH",
            "Write one user a line, with a hash of `htpasswd`.",
        )
    if unknown and unknown[-1] == last:
        raise Malformed(f"{_lines(unknown)} has no hash that is accepted", _ACCEPTED)
    if not entries:
        raise Malformed("holds no user", _ACCEPTED)


def _warnings(entries: Mapping[str, Entry], unknown: list[int]) -> list[str]:
    found = []
    if unknown:
        found.append(f"{_lines(unknown)} has no hash that is accepted: nobody signs in with it")
    weak = sum(entry.kind == "sha1" for entry in entries.values())
    if weak:
        users = "1 user has" if weak == 1 else f"{weak} users have"
        found.append(
            f"{users} a {{SHA}} hash, which is guessed at billions of passwords a second;"
            " renew it with `htpasswd -B`"
        )
    return found


def _lines(numbers: list[int]) -> str:
    """Name lines, the first ten of them."""
    more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
    return "line " + ", ".join(map(str, numbers[:10])) + more
